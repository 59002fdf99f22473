import { OPERATION_NAMES } from '@imagen/contracts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** A local cloud and a worker process that does every operation in it. */
export interface WholeWorker extends AsyncDisposable {
  readonly cloud: LocalCloud;
  readonly worker: WorkerProcess;
}

/** Starts both. @param tritonAddress `host:port` of a Triton that serves every model */
export async function startWholeWorker(tritonAddress: string): Promise<WholeWorker> {
  const cloud = await startLocalCloud();
  const worker = await startWorkerProcess({
    ...cloud.environment,
    IMAGEN_OPERATIONS: OPERATION_NAMES.join(','),
    IMAGEN_TRITON_ADDRESS: tritonAddress,
  });
  return {
    cloud,
    worker,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}
