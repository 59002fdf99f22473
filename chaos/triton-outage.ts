import { setTimeout as delay } from 'node:timers/promises';
import { type ChaosJob, distinctJobs, randomJobs } from './chaos-jobs.ts';
import { readOutcome } from './evidence.ts';
import { type Check, conclude, type ExperimentOptions } from './experiment.ts';
import { JobBoard } from './job-board.ts';
import { Random } from './random.ts';
import { type Rig, startRig, waitForAcks, waitForRecords } from './rig.ts';
import { makeSources } from './source-pictures.ts';
import { writeOut } from './suite-report.ts';
import { CHAOS_FLEET } from './worker-fleet.ts';

/** Jobs come this often, before the outage, during it and after it. */
const JOB_EVERY_MS = 400;
const BEFORE_MS = 15_000;
const AFTER_MS = 5_000;
const RESUMES_WITHIN_MS = 5_000;
const IDLE_LIMIT_MS = 90_000;
const ACK_LIMIT_MS = 60_000;

/** Triton is away for a while under load: no job may fail, and only what was being worked on may be delivered again. */
export async function runTritonOutage(
  options: ExperimentOptions & { readonly outageMs: number },
): Promise<number> {
  const { seed, say, signal, outageMs } = options;
  const random = new Random(seed);
  const sources = await makeSources(random.fork('sources'));
  const kinds = distinctJobs(random.fork('kinds'), sources).filter(({ isGood }) => isGood);
  const count = Math.ceil((BEFORE_MS + outageMs + AFTER_MS) / JOB_EVERY_MS);
  const jobs = randomJobs(random.fork('jobs'), kinds, { count, prefix: 'outage' });
  await using rig = await startRig({ operations: CHAOS_FLEET, sources, say, signal });
  const board = new JobBoard(rig.local, rig.reader);
  const publishing = publishSteadily(board, jobs, signal);
  await delay(BEFORE_MS, undefined, { signal });
  while (inFlight(rig) === 0) await delay(10, undefined, { signal });
  await rig.triton.kill();
  const slots = inFlight(rig);
  say(`Triton is dead, ${slots} jobs were in flight`);
  await delay(outageMs, undefined, { signal });
  await rig.triton.restart(signal);
  const readyAtMs = Date.now();
  say('Triton is ready');
  await publishing;
  await waitForRecords(board, { idleLimitMs: IDLE_LIMIT_MS, signal });
  await waitForAcks(board, ACK_LIMIT_MS, signal);
  const checks = await check(rig, board, { slots, readyAtMs });
  writeOut('triton-outage.json', { seed, outageMs, jobs: count, checks });
  return conclude(checks, options.print);
}

async function publishSteadily(
  board: JobBoard,
  jobs: readonly ChaosJob[],
  signal: AbortSignal,
): Promise<void> {
  for (const job of jobs) {
    await board.publish([job]);
    await delay(JOB_EVERY_MS, undefined, { signal });
  }
}

/** Messages that workers have and have neither acked nor given back. */
function inFlight({ reader }: Rig): number {
  reader.catchUp();
  return [...reader.deliveries.values()].filter(({ endedAtMs }) => endedAtMs === undefined).length;
}

async function check(
  rig: Rig,
  board: JobBoard,
  { slots, readyAtMs }: { readonly slots: number; readonly readyAtMs: number },
): Promise<Check[]> {
  const outcomes = await Promise.all(board.jobs.map((job) => readOutcome(rig.local, job)));
  const lost = outcomes.filter(({ record }) => record === undefined).length;
  const failed = outcomes.filter(({ record }) => record?.outcome === 'failed').length;
  const deliveries = rig.reader.deliveriesOf(board.messageIds);
  const again = deliveries.filter(({ attempt }) => attempt > 1).length;
  const writtenAt = board.jobs.map(
    ({ jobId }) => rig.reader.written.get(board.recordOf(jobId))?.atMs ?? 0,
  );
  const resumedMs = Math.min(...writtenAt.filter((atMs) => atMs > readyAtMs)) - readyAtMs;
  const unacked = rig.reader.unacked(board.messageIds).length;
  return [
    { what: 'jobs lost', found: lost, wanted: '0', holds: lost === 0 },
    { what: 'jobs failed', found: failed, wanted: '0', holds: failed === 0 },
    {
      what: 'deliveries with attempt > 1',
      found: again,
      wanted: `at most ${slots} (in flight at the kill)`,
      holds: again <= slots,
    },
    {
      what: 'ms from readiness to the next record',
      found: resumedMs,
      wanted: `at most ${RESUMES_WITHIN_MS}`,
      holds: resumedMs <= RESUMES_WITHIN_MS,
    },
    { what: 'messages not acked', found: unacked, wanted: '0', holds: unacked === 0 },
  ];
}
