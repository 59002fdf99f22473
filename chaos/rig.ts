import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { OperationName } from '@imagen/contracts';
import { uploadSource } from '../packages/cli/src/jobs.ts';
import type { JobBoard } from './job-board.ts';
import { JournalReader } from './journal-reader.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import type { SourceFile } from './source-pictures.ts';
import { TritonOperator } from './triton-operator.ts';
import { WorkerFleet } from './worker-fleet.ts';

/** Where summaries and logs go. */
export const OUT_FOLDER: string = fileURLToPath(new URL('../out/chaos', import.meta.url));

/** A whole imagen that can be disturbed. Disposing of it leaves no process behind. */
export interface Rig extends AsyncDisposable {
  readonly local: LocalCloud;
  readonly triton: TritonOperator;
  readonly fleet: WorkerFleet;
  readonly reader: JournalReader;
}

/** How to start a rig. */
export interface RigOptions {
  /** Operations of each worker process. */
  readonly operations: readonly (readonly OperationName[])[];
  readonly sources: readonly SourceFile[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Starts local cloud, Triton and workers. When the start fails or is aborted, nothing stays behind. */
export async function startRig({ operations, sources, say, signal }: RigOptions): Promise<Rig> {
  clearLogs();
  await using starting = new AsyncDisposableStack();
  const local = await startLocalCloud(starting);
  for (const { name, bytes } of sources) if (bytes) await uploadSource(local.cloud, name, bytes);
  say('starting Triton and workers');
  const triton = starting.use(await TritonOperator.start(say, signal));
  const environment = { ...local.environment, IMAGEN_TRITON_ADDRESS: triton.address };
  const fleet = starting.use(new WorkerFleet({ operations, environment, logFolder: OUT_FOLDER }));
  const reader = new JournalReader(local.pubsub, local.storage);
  const running = starting.move();
  return {
    local,
    triton,
    fleet,
    reader,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

function clearLogs(): void {
  mkdirSync(OUT_FOLDER, { recursive: true });
  const logs = readdirSync(OUT_FOLDER).filter((name) => /^worker-.*\.log$/.test(name));
  for (const name of logs) rmSync(join(OUT_FOLDER, name));
}

/** How long to wait for records. */
export interface Patience {
  /** Without a new record for this long, what is missing counts as lost. */
  readonly idleLimitMs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (open: number) => void;
}

const POLL_MS = 100;

/** Waits until every published job has its record; false when no new one came for too long. */
export async function waitForRecords(
  board: JobBoard,
  { idleLimitMs, signal, onProgress }: Patience,
): Promise<boolean> {
  let [last, lastAt] = [Infinity, Date.now()];
  for (;;) {
    const open = board.open().length;
    if (open === 0) return true;
    if (open < last) {
      [last, lastAt] = [open, Date.now()];
      onProgress?.(open);
    }
    if (Date.now() - lastAt > idleLimitMs) return false;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Waits until every message is acked, at most for `limitMs`; returns those that are not. */
export async function waitForAcks(
  { reader, messageIds }: JobBoard,
  limitMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    reader.catchUp();
    const unacked = reader.unacked(messageIds);
    if (unacked.length === 0 || Date.now() > deadline) return unacked;
    await delay(POLL_MS, undefined, { signal });
  }
}
