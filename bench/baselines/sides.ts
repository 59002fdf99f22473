import { join } from 'node:path';
import type { TritonServer } from '@imagen/local-stack/triton';
import { startLocalCloud } from '../../chaos/local-cloud.ts';
import { WorkerFleet } from '../../chaos/worker-fleet.ts';
import { uploadSource } from '../../packages/cli/src/jobs.ts';
import { type Side, sourceName } from './measure.ts';
import type { JpegPicture } from './pictures.ts';
import type { PythonEnvironment } from '../python-environment.ts';
import { startPythonWorker } from './python-worker.ts';

/** What both kinds of worker need. */
export interface SideOptions {
  /** Worker processes. */
  readonly workers: number;
  readonly triton: TritonServer;
  /** Put where jobs find them. */
  readonly pictures: readonly JpegPicture[];
  readonly logFolder: string;
  /** Takes over what is started. */
  readonly owner: AsyncDisposableStack;
}

/** Starts imagen's own workers, as they are deployed. */
export async function startOurs({ workers, logFolder, ...options }: SideOptions): Promise<Side> {
  const { local, environment } = await startCloud(options);
  const operations = Array.from({ length: workers }, () => ['enhance'] as const);
  const fleet = options.owner.use(new WorkerFleet({ operations, environment, logFolder }));
  return { local, workerPids: fleet.pids, modelName: 'enhance' };
}

/** Starts workers of the baseline. */
export async function startBaseline(
  { workers, logFolder, ...options }: SideOptions,
  python: PythonEnvironment,
): Promise<Side> {
  const { local, environment } = await startCloud(options);
  const workerPids: number[] = [];
  for (let index = 0; index < workers; index++) {
    const logFile = join(logFolder, `python-worker-${workers}-${index}.log`);
    const worker = await startPythonWorker(python, environment, logFile);
    workerPids.push(options.owner.use(worker).pid);
  }
  return { local, workerPids, modelName: 'enhance_encoded' };
}

async function startCloud({
  triton,
  pictures,
  owner,
}: Pick<SideOptions, 'triton' | 'pictures' | 'owner'>) {
  const local = await startLocalCloud(owner);
  for (const [index, { bytes }] of pictures.entries()) {
    await uploadSource(local.cloud, sourceName(index), bytes);
  }
  const environment = { ...local.environment, IMAGEN_TRITON_ADDRESS: triton.grpcAddress };
  return { local, environment };
}
