import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OPERATION_NAMES } from '@imagen/contracts';
import { JournalReader } from '../chaos/journal-reader.ts';
import { type LocalCloud, startLocalCloud } from '../chaos/local-cloud.ts';
import { TritonOperator } from '../chaos/triton-operator.ts';
import { WorkerFleet } from '../chaos/worker-fleet.ts';
import { WorkerLog } from './worker-log.ts';

/** Where logs go. */
const OUT_FOLDER = fileURLToPath(new URL('../out/hostile', import.meta.url));
const START_MS = 60_000;

/** A whole imagen with one worker process, which does all operations. Disposing of it leaves no process behind. */
export interface Rig extends AsyncDisposable {
  readonly local: LocalCloud;
  readonly fleet: WorkerFleet;
  readonly reader: JournalReader;
  readonly log: WorkerLog;
  /** Process id of the worker, as it was started. */
  readonly pid: number;
  /** `http://127.0.0.1:port` of its health and metrics endpoints. */
  readonly url: string;
}

/** Starts it. When the start fails or is aborted, nothing stays behind. */
export async function startRig(say: (line: string) => void, signal: AbortSignal): Promise<Rig> {
  rmSync(OUT_FOLDER, { recursive: true, force: true });
  mkdirSync(OUT_FOLDER, { recursive: true });
  await using starting = new AsyncDisposableStack();
  const local = await startLocalCloud(starting);
  const triton = starting.use(await TritonOperator.start(say, signal));
  const environment = { ...local.environment, IMAGEN_TRITON_ADDRESS: triton.address };
  const operations = [OPERATION_NAMES];
  const fleet = starting.use(new WorkerFleet({ operations, environment, logFolder: OUT_FOLDER }));
  const log = new WorkerLog(OUT_FOLDER);
  const url = `http://127.0.0.1:${await portOf(log, signal)}`;
  const [pid = 0] = fleet.pids;
  const reader = new JournalReader(local.pubsub, local.storage);
  const running = starting.move();
  const stop = async (): Promise<void> => running.disposeAsync();
  return { local, fleet, reader, log, pid, url, [Symbol.asyncDispose]: stop };
}

async function portOf(log: WorkerLog, signal: AbortSignal): Promise<number> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const started = log.catchUp().find(({ msg }) => msg === 'worker started');
    if (started?.port !== undefined) return started.port;
    await delay(50, undefined, { signal });
  }
  throw new Error(`the worker did not start:\n${log.lines.join('\n')}`);
}
