import process from 'node:process';
import { makePictures } from './baselines/pictures.ts';
import { cpuSecondsOfTree } from './baselines/cpu-time.ts';
import { type Figure, figuresOf, type Measured } from './figure.ts';
import { type BenchJob, runJobs } from './job-run.ts';
import { comicWorkers, type Fleet, Rig, type SectionOptions, sourceUri } from './rig.ts';
import { simulated } from './simulated-repository.ts';

/** Each of eight instances has a tile for 100 ms: none waits for another. */
const GPU = { baseMs: 90, perTileMs: 10, isShared: false, instances: 8 };
const JOBS_PER_WORKER = 25;

/** Workers with one slot each, at a server that is not the bottleneck: jobs per second and worker ÷ those of one alone. */
export async function measureScale(options: SectionOptions): Promise<Figure[]> {
  const { isQuick, say, signal } = options;
  await using rig = await Rig.open(simulated(GPU), options);
  const [picture] = await makePictures(1);
  const sources = new Map([['small.jpg', picture!.bytes]]);
  const fleets: Fleet[] = [];
  for (const workers of isQuick ? [1, 2] : [1, 2, 4, 8]) {
    const environment = { IMAGEN_SLOTS: '1' };
    fleets.push(
      await rig.fleet({ operations: comicWorkers(workers), sources, environment }, signal),
    );
  }
  const rounds: Measured[][] = [];
  while (rounds.length < (isQuick ? 1 : 3)) {
    say(`scale: round ${rounds.length + 1}`);
    const rates: Rate[] = [];
    for (const fleet of fleets)
      rates.push(await rateOf(rig, fleet, { rounds: rounds.length, signal }));
    rounds.push(rates.flatMap((rate) => judged(rate, rates[0]!)));
  }
  return figuresOf(rounds);
}

interface Rate {
  readonly workers: number;
  readonly jobsPerS: number;
  /** Kept busy by workers, Triton, and this process with Pub/Sub and storage. */
  readonly cores: number;
}

async function rateOf(
  { triton }: Rig,
  { local, pids }: Fleet,
  { rounds, signal }: { rounds: number; signal: AbortSignal },
): Promise<Rate> {
  const jobs = Array.from({ length: pids.length * JOBS_PER_WORKER }, (_, n): BenchJob => {
    const source = sourceUri(local, 'small.jpg');
    return { operation: 'comic', jobId: `round-${rounds}-${n}`, source, params: {} };
  });
  const cpuS = async (): Promise<number> => {
    const trees = [triton.pid, ...pids].map(cpuSecondsOfTree);
    const { user, system } = process.cpuUsage();
    return (await Promise.all(trees)).reduce((sum, each) => sum + each, (user + system) / 1e6);
  };
  const [startS, startCpuS] = [performance.now() / 1000, await cpuS()];
  const records = await runJobs(local, jobs, { signal });
  const [tookS, usedS] = [performance.now() / 1000 - startS, (await cpuS()) - startCpuS];
  const ends = records.map(({ finishedAt }) => Date.parse(finishedAt) / 1000);
  const jobsPerS = (jobs.length - 1) / (Math.max(...ends) - Math.min(...ends));
  return { workers: pids.length, jobsPerS, cores: usedS / tookS };
}

function judged({ workers, jobsPerS, cores }: Rate, one: Rate): Measured[] {
  const name = workers === 1 ? '1 worker' : `${workers} workers`;
  const context: Measured[] = [
    { what: `${name}: jobs/s`, unit: 'jobs/s', value: jobsPerS, floor: 'context' },
    {
      what: `${name}: cores busy in all`,
      unit: 'cores',
      value: cores,
      floor: 'the machine’s own number is the limit',
    },
  ];
  if (workers === 1) return context;
  const ratio: Measured = {
    what: `${name}: jobs/s per worker ÷ one alone`,
    unit: '',
    value: jobsPerS / workers / one.jobsPerS,
    floor: '1: linear',
    goal: { atLeast: 0.95 },
  };
  return [ratio, ...context];
}
