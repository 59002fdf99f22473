import { setTimeout as delay } from 'node:timers/promises';
import { type JobRecord, OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { startLocalCloud } from '../chaos/local-cloud.ts';
import type { Cloud } from '../packages/cli/src/cloud.ts';
import { publishJob, uploadSource, waitForRecord } from '../packages/cli/src/jobs.ts';
import { type CappedWorker, startCappedWorker } from './capped-worker.ts';
import type { MemoryCap, Peak } from './memory-cap.ts';

/** A job of the trial. */
export interface LargeJob {
  readonly operation: OperationName;
  /** Name of a source picture. */
  readonly source: string;
}

/** How a job ended. Sizes are 0 where it has no result. */
interface JobRow extends LargeJob {
  readonly megapixelsIn: number;
  readonly megapixelsOut: number;
  readonly resultBytes: number;
  /** From its start to its record; all at once, waiting for memory is part of it. */
  readonly seconds: number;
  readonly stagesMs: Readonly<Record<string, number>>;
  /** `succeeded`, an error code, or why there is no record. */
  readonly outcome: string;
}

/** Jobs that were published at once, and the peak of the worker meanwhile. */
export interface Round {
  readonly rows: readonly JobRow[];
  readonly peak: Peak;
}

/** Longest that all jobs together may take. */
const LIMIT_MS = 300_000;

/** What trials need. */
export interface TrialOptions {
  readonly cap: MemoryCap;
  readonly tritonAddress: string;
  readonly sources: ReadonlyMap<string, Buffer>;
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/** One worker process within a memory cap, and its cloud; both are started anew when the worker has died. */
export class MemoryTrial implements AsyncDisposable {
  readonly #options: TrialOptions;
  #rig: Rig | undefined;
  #jobs = 0;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** Publishes jobs at once; resolves when each has its record, or cannot get one any more. */
  async run(jobs: readonly LargeJob[]): Promise<Round> {
    const { cap, signal } = this.#options;
    this.#rig ??= await startRig(this.#options);
    const { cloud, worker, sources } = this.#rig;
    await cap.takePeak(worker.pid);
    const over = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal]);
    const dead = worker.ended.then((how) => `the worker ended: ${how}`);
    const late = delay(LIMIT_MS, `no record within ${LIMIT_MS / 1000} s`, { ref: false });
    const ends = jobs.map(async ({ operation, source }) => {
      const jobId = `${operation}-${(this.#jobs += 1)}`;
      await publishJob(cloud, operation, { jobId, source: sources.get(source) ?? '' });
      return Promise.race([waitForRecord(cloud, jobId, waiting), dead, late]);
    });
    const records = await Promise.all(ends);
    over.abort();
    const peak = await cap.takePeak(worker.pid);
    if (records.some((record) => typeof record === 'string')) await this[Symbol.asyncDispose]();
    return { rows: records.map((record, index) => toRow(jobs[index]!, record)), peak };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rig?.[Symbol.asyncDispose]();
    this.#rig = undefined;
  }
}

interface Rig extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly worker: CappedWorker;
  /** URIs by name. */
  readonly sources: ReadonlyMap<string, string>;
}

async function startRig({ cap, tritonAddress, logFile, ...options }: TrialOptions): Promise<Rig> {
  await using starting = new AsyncDisposableStack();
  const { cloud, environment } = await startLocalCloud(starting);
  const sources = new Map<string, string>();
  for (const [name, bytes] of options.sources)
    sources.set(name, await uploadSource(cloud, name, bytes));
  const settings = {
    ...environment,
    IMAGEN_OPERATIONS: OPERATION_NAMES.join(','),
    IMAGEN_TRITON_ADDRESS: tritonAddress,
  };
  const worker = starting.use(startCappedWorker(cap, settings, logFile));
  const running = starting.move();
  return { cloud, worker, sources, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

function toRow(job: LargeJob, record: JobRecord | string): JobRow {
  const nothing = { megapixelsIn: 0, megapixelsOut: 0, resultBytes: 0, seconds: 0, stagesMs: {} };
  if (typeof record === 'string') return { ...job, ...nothing, outcome: record };
  const seconds = Math.round(record.durationMs / 100) / 10;
  if (record.outcome === 'failed') {
    return { ...job, ...nothing, seconds, outcome: record.error.code };
  }
  const { input, result, receipt } = record;
  return {
    ...job,
    megapixelsIn: megapixels(input),
    megapixelsOut: megapixels(result),
    resultBytes: result.bytes,
    seconds,
    stagesMs: receipt.stagesMs,
    outcome: record.outcome,
  };
}

function megapixels({ widthPx, heightPx }: { widthPx: number; heightPx: number }): number {
  return Math.round((widthPx * heightPx) / 1e5) / 10;
}
