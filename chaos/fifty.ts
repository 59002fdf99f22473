import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosJob } from './chaos-jobs.ts';
import { readOutcome } from './evidence.ts';
import { type Check, conclude, type ExperimentOptions } from './experiment.ts';
import { JobBoard } from './job-board.ts';
import { Random } from './random.ts';
import { type Rig, startRig, waitForAcks, waitForRecords } from './rig.ts';
import { makeLargePicture } from './source-pictures.ts';
import { writeOut } from './suite-report.ts';
import { jobOfResult } from './verdict.ts';

const PUBLISHES = 50;
/** Large enough that the job takes a second or more: a worker can be killed in the middle of it. */
const PICTURE_PX = 900;
const KILLS = 2;
/** From the first tile that Triton has done to the kill. */
const MID_JOB_MS = 200;
const IDLE_LIMIT_MS = 120_000;
const ACK_LIMIT_MS = 120_000;

/** One job published fifty times while its worker is killed in the middle: one result, one record, hardly any GPU work twice. */
export async function runFifty(options: ExperimentOptions): Promise<number> {
  const { seed, say, signal } = options;
  const picture = await makeLargePicture(new Random(seed).fork('large'), PICTURE_PX);
  const sources = [{ name: 'good/large.png', bytes: picture, isGood: true }];
  await using rig = await startRig({ operations: [['upscale']], sources, say, signal });
  const board = new JobBoard(rig.local, rig.reader);
  const job = fiftyJob();
  const publishing = Promise.all(
    Array.from({ length: PUBLISHES }, async () => board.publish([job])),
  );
  for (let kill = 0; kill < KILLS; kill++) await killMidJob(rig, board, options);
  await publishing;
  await waitForRecords(board, { idleLimitMs: IDLE_LIMIT_MS, signal });
  await waitForAcks(board, ACK_LIMIT_MS, signal);
  await rig.triton.sample();
  const checks = await check(rig, board, job);
  writeOut('fifty.json', { seed, checks });
  return conclude(checks, options.print);
}

function fiftyJob(): ChaosJob {
  const distinct = {
    index: 0,
    operation: 'upscale' as const,
    source: 'good/large.png',
    params: { scale: 2 },
    output: { format: 'jpeg' as const },
    isGood: true,
  };
  return { jobId: 'fifty', distinct };
}

/** Waits until Triton works for the worker, then kills that. */
async function killMidJob(
  { triton, fleet }: Rig,
  board: JobBoard,
  { say, signal }: ExperimentOptions,
): Promise<void> {
  await triton.sample();
  const before = triton.ledger.total.inferences;
  while (triton.ledger.total.inferences === before && board.reader.written.size < 2) {
    await delay(20, undefined, { signal });
    await triton.sample();
    board.reader.catchUp();
  }
  await delay(MID_JOB_MS, undefined, { signal });
  say(board.open().length > 0 || board.jobs.length === 0 ? 'killed mid-job' : 'killed too late');
  fleet.strike(0, 'SIGKILL');
}

async function check(rig: Rig, board: JobBoard, job: ChaosJob): Promise<Check[]> {
  const { record } = await readOutcome(rig.local, job);
  const { written } = rig.reader;
  const results = [...written].filter(
    ([name]) => jobOfResult(name.slice(name.indexOf('/') + 1)) === job.jobId,
  );
  const generations = results.reduce((sum, [, object]) => sum + object.generations, 0);
  const records = written.get(board.recordOf(job.jobId))?.generations ?? 0;
  const tiles = record?.outcome === 'succeeded' ? record.receipt.tiles : Number.NaN;
  const runs = rig.triton.ledger.total.inferences / tiles;
  const most = 1 + rig.fleet.kills;
  const unacked = rig.reader.unacked(board.messageIds).length;
  const published = board.messageIdsOf(job.jobId).size;
  return [
    { what: 'publishes', found: published, wanted: '50', holds: published === PUBLISHES },
    { what: 'generations of results', found: generations, wanted: '1', holds: generations === 1 },
    { what: 'generations of the record', found: records, wanted: '1', holds: records === 1 },
    {
      what: 'GPU runs (tiles done ÷ tiles of the job)',
      found: runs.toFixed(2),
      wanted: `at most ${most} (1 + kills)`,
      holds: runs <= most,
    },
    { what: 'messages not acked', found: unacked, wanted: '0', holds: unacked === 0 },
  ];
}
