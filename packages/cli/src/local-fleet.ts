import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { freePorts, startTriton } from '@imagen/local-stack/triton';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';

/** A whole imagen on this machine: local cloud, real Triton, one worker process per operation. */
export interface LocalFleet extends LocalCloud {
  readonly triton: { readonly grpcAddress: string; readonly metricsUrl: string };
  /** Rejects when a worker or Triton ends by itself. */
  readonly failed: Promise<never>;
}

const MODEL_REPOSITORY = fileURLToPath(
  new URL('../../../triton/model_repository', import.meta.url),
);
const WORKER = fileURLToPath(import.meta.resolve('@imagen/worker/main'));
/** A worker that has not stopped by then is killed. */
const STOP_MS = 20_000;

/** Starts everything; disposing of the fleet stops it. When the start fails or is aborted, nothing stays behind. */
export async function startLocalFleet(
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<LocalFleet> {
  await using starting = new AsyncDisposableStack();
  const { cloud, environment } = starting.use(await startLocalCloud());
  // Workers start while Triton does, and wait for it.
  const [grpcPort = 0] = await freePorts(1);
  const address = { IMAGEN_TRITON_ADDRESS: `127.0.0.1:${grpcPort}` };
  const workers = OPERATION_NAMES.map((operation) =>
    starting.use(startWorker(operation, { ...environment, ...address })),
  );
  const failed = Promise.race(workers.map(async (worker) => worker.failed));
  // Whoever waits for it is told; stopping the fleet ends workers too, and nobody waits then.
  failed.catch(() => undefined);
  const triton = starting.use(
    await startTriton({
      modelRepositories: [MODEL_REPOSITORY],
      grpcPort,
      // When the fleet stops, nobody waits for an answer any more.
      exitTimeoutSeconds: 0,
      onProgress,
      signal,
    }),
  );
  const running = starting.move();
  return {
    cloud,
    environment,
    triton,
    failed,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

interface WorkerProcess extends AsyncDisposable {
  readonly failed: Promise<never>;
}

/** Starts the program the Deployments run. It stops by itself when this process is gone: its IPC channel closes. */
function startWorker(operation: OperationName, environment: Record<string, string>): WorkerProcess {
  const worker = spawn(process.execPath, [...process.execArgv, WORKER], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A terminal's Ctrl-C is for this process alone: it stops its workers by itself.
    detached: true,
    env: {
      ...process.env,
      ...environment,
      IMAGEN_OPERATIONS: operation,
      IMAGEN_PORT: '0',
      UV_THREADPOOL_SIZE: '8',
      // glibc's arenas, one per thread, would each keep what a large picture once took.
      MALLOC_ARENA_MAX: '2',
    },
  });
  let errors = '';
  worker.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  const exited = once(worker, 'exit');
  return {
    failed: exited.then(([code, signal]) => {
      throw new Error(`the ${operation} worker ended (${signal ?? code})\n${errors}`);
    }),
    [Symbol.asyncDispose]: async () => stopWorker(worker, exited),
  };
}

async function stopWorker(worker: ChildProcess, exited: Promise<unknown>): Promise<void> {
  worker.kill('SIGTERM');
  const timer = setTimeout(() => worker.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(timer);
}
