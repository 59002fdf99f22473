import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { OPERATION_NAMES } from '@imagen/contracts';
import { distinctJobs, randomJobs } from './chaos-jobs.ts';
import { type Check, conclude, type ExperimentOptions } from './experiment.ts';
import { JobBoard } from './job-board.ts';
import { Random } from './random.ts';
import { type Rig, startRig, waitForRecords } from './rig.ts';
import { makeSources } from './source-pictures.ts';
import { writeOut } from './suite-report.ts';

/** Jobs come this often: about half of what two cores can do. */
const JOB_EVERY_MS = 700;
const SAMPLE_EVERY_MS = 5_000;
/** How much more the last third may have than the one before. */
const GROWTH = 1.05;
const IDLE_LIMIT_MS = 90_000;

/** What one worker process held at a moment. */
interface Sample {
  readonly atMs: number;
  readonly rssMiB: number;
  /** Open descriptors: files, sockets, pipes. */
  readonly fds: number;
}

/** Mixed jobs at a steady rate through one worker process: what it holds must not grow. */
export async function runSoak(
  options: ExperimentOptions & { readonly durationMs: number },
): Promise<number> {
  const { seed, say, signal, durationMs } = options;
  const random = new Random(seed);
  const sources = await makeSources(random.fork('sources'));
  const kinds = distinctJobs(random.fork('kinds'), sources);
  const count = Math.ceil(durationMs / JOB_EVERY_MS);
  const jobs = randomJobs(random.fork('jobs'), kinds, { count, prefix: 'soak' });
  await using rig = await startRig({ operations: [OPERATION_NAMES], sources, say, signal });
  const board = new JobBoard(rig.local, rig.reader);
  const samples: Sample[] = [];
  const startedAt = Date.now();
  let nextSampleAt = startedAt;
  for (const [index, job] of jobs.entries()) {
    await board.publish([job]);
    if (Date.now() >= nextSampleAt) {
      nextSampleAt += SAMPLE_EVERY_MS;
      const sample = await takeSample(rig, Date.now() - startedAt);
      samples.push(sample);
      say(`${index + 1} published, ${board.open().length} open: ${JSON.stringify(sample)}`);
    }
    const nextAt = startedAt + (index + 1) * JOB_EVERY_MS;
    await delay(Math.max(0, nextAt - Date.now()), undefined, { signal });
  }
  const isComplete = await waitForRecords(board, { idleLimitMs: IDLE_LIMIT_MS, signal });
  return report(samples, isComplete ? 0 : board.open().length, { ...options, jobs: count });
}

async function takeSample({ fleet }: Rig, atMs: number): Promise<Sample> {
  const [pid = 0] = fleet.pids;
  const [status, fds] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  return { atMs, rssMiB: Math.round(kib / 102.4) / 10, fds: fds.length };
}

function report(
  samples: readonly Sample[],
  missing: number,
  { seed, print, jobs }: ExperimentOptions & { readonly jobs: number },
): number {
  const third = Math.floor(samples.length / 3);
  const thirds = [0, 1, 2].map((index) => {
    const part = samples.slice(index * third, index === 2 ? undefined : (index + 1) * third);
    return {
      rssMiB: mean(part.map(({ rssMiB }) => rssMiB)),
      fds: mean(part.map(({ fds }) => fds)),
    };
  });
  const [first, second, last] = thirds;
  if (!first || !second || !last) throw new Error('there are no thirds');
  const grows = (what: string, of: 'rssMiB' | 'fds'): Check => ({
    what: `${what}, mean of each third`,
    found: thirds.map((part) => part[of]).join(', '),
    wanted: `last ≤ ${GROWTH} × second`,
    holds: last[of] <= GROWTH * second[of],
  });
  const lost = { what: 'jobs lost', found: missing, wanted: '0', holds: missing === 0 };
  const checks = [grows('RSS in MiB', 'rssMiB'), grows('descriptors', 'fds'), lost];
  writeOut('soak.json', { seed, jobs, thirds, checks, samples });
  return conclude(checks, print);
}

function mean(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return Math.round((sum / values.length) * 10) / 10;
}
