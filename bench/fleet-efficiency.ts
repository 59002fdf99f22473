import { OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { createTritonClient } from '../packages/triton-client/src/index.ts';
import { makePictures } from './baselines/pictures.ts';
import { figuresOf, type Figure, type Measured } from './figure.ts';
import { type BenchJob, runJobs, type SucceededRecord } from './job-run.ts';
import { installPerfAnalyzer, type PerfAnalyzer } from './perf-analyzer.ts';
import { comicWorkers, type Fleet, Rig, type SectionOptions, sourceUri } from './rig.ts';
import { type MakeRepository, simulated } from './simulated-repository.ts';
import { type Counters, counting } from './triton-counters.ts';

const MAX_BATCH = 8;
/** perf_analyzer's best is somewhere here. */
const TILES_IN_FLIGHT = [17, 24, 32];
/** Has one tile per picture: what is at Triton of it is at most a worker's slots. */
const WHOLE_PICTURE_MODEL = 'background_remove';
const GPU = { baseMs: 20, perTileMs: 10, isShared: true };

/** A fleet, and what it does. */
interface Case {
  readonly name: string;
  /** Of each worker. */
  readonly operations: readonly OperationName[];
  /** Of the jobs, in turns; an operation may be there more than once. */
  readonly jobOperations: readonly OperationName[];
  readonly jobs: number;
}

/** Jobs of one operation for this many workers. */
export const comic = (workers: number): Case => ({
  name: workers === 1 ? '1 worker' : `${workers} workers`,
  operations: comicWorkers(workers),
  jobOperations: ['comic'],
  jobs: 120,
});

/** As many tiles of each tiled model: those of comic and aged are four times as large. */
const FIVE: Case = {
  name: 'five operations, 2 workers each',
  operations: [...OPERATION_NAMES, ...OPERATION_NAMES],
  jobOperations: [
    ...(['enhance', 'upscale'] as const),
    ...Array.from({ length: 4 }, () => ['comic', 'aged', 'bg-remove'] as const).flat(),
  ],
  jobs: 140,
};

/**
 * Whole workers, 4 slots each, do pictures of ten sizes on a GPU that takes 20 ms and 10 ms per tile: tiles per second ÷ what
 * perf_analyzer gets out of the same model of the same server.
 */
export async function measureFleetEfficiency(options: SectionOptions): Promise<Figure[]> {
  const cases = options.isQuick ? [comic(1), comic(5)] : [1, 2, 5, 20].map(comic);
  return measureFleets({ repository: simulated(GPU), cases: [...cases, FIVE] }, options);
}

/** Measures fleets in turns, and perf_analyzer before them in each round; nothing where there is no perf_analyzer. */
export async function measureFleets(
  { repository, cases }: { repository: MakeRepository; cases: readonly Case[] },
  options: SectionOptions,
): Promise<Figure[]> {
  const { isQuick, say, signal } = options;
  const analyzer = await installPerfAnalyzer(say, signal);
  if (!analyzer) {
    say('left out: it needs perf_analyzer, which is for x86-64 alone');
    return [];
  }
  await using rig = await Rig.open(repository, options);
  const sources = await makeSources();
  const fleets: (Case & Fleet)[] = [];
  for (const each of cases) {
    fleets.push({ ...each, ...(await rig.fleet({ ...each, sources }, signal)) });
  }
  const rounds: Measured[][] = [];
  while (rounds.length < (isQuick ? 1 : 3)) {
    say(`fleet: round ${rounds.length + 1}`);
    const floor = await floorOf(analyzer, rig.triton.grpcAddress, isQuick);
    const round: Measured[] = [floor];
    for (const fleet of fleets) {
      const jobs = jobsOf(fleet, rounds.length, isQuick ? fleet.jobs / 2 : fleet.jobs);
      round.push(
        ...(await measureFleet(rig, { fleet, jobs, floorTilesPerS: floor.value }, signal)),
      );
    }
    rounds.push(round);
  }
  return figuresOf(rounds);
}

async function makeSources(): Promise<Map<string, Uint8Array>> {
  const pictures = await makePictures(10, 2);
  return new Map(pictures.map(({ bytes }, index) => [`picture-${index}.jpg`, bytes]));
}

async function floorOf(
  analyzer: PerfAnalyzer,
  address: string,
  isQuick: boolean,
): Promise<Measured> {
  const what = 'perf_analyzer, best';
  const floor = 'what the server itself can do';
  const reached: number[] = [];
  for (const inFlight of isQuick ? TILES_IN_FLIGHT.slice(0, 1) : TILES_IN_FLIGHT) {
    reached.push(await analyzer.measure(address, 'style_comic', inFlight));
  }
  return { what, unit: 'tiles/s', value: Math.max(...reached), floor };
}

function jobsOf({ jobOperations, local }: Case & Fleet, round: number, count: number): BenchJob[] {
  return Array.from({ length: count }, (_, n) => {
    const operation = jobOperations[n % jobOperations.length]!;
    // What follows a simulated matte is dear: only small pictures, so that cores are left for the others.
    const pictures = operation === 'bg-remove' ? 3 : 10;
    const picture = Math.floor(n / jobOperations.length) % pictures;
    const source = sourceUri(local, `picture-${picture}.jpg`);
    // The larger results of ×4 are more than two cores can copy at this rate.
    const params = operation === 'upscale' ? { scale: 2 } : {};
    return { operation, jobId: `round-${round}-${n}`, source, params };
  });
}

interface Run {
  readonly fleet: Case & Fleet;
  readonly jobs: readonly BenchJob[];
  readonly floorTilesPerS: number;
}

async function measureFleet(
  rig: Rig,
  { fleet, jobs, floorTilesPerS }: Run,
  signal: AbortSignal,
): Promise<Measured[]> {
  using triton = createTritonClient(rig.triton.grpcAddress);
  let records: readonly SucceededRecord[] = [];
  const counters = await counting(triton, async () => {
    records = await runJobs(fleet.local, jobs, { signal });
  });
  const endsMs = records.map(({ finishedAt }) => Date.parse(finishedAt));
  const tookS = (Math.max(...endsMs) - Math.min(...endsMs)) / 1000;
  return judged(fleet.name, counters, { floorTilesPerS, jobsPerS: (jobs.length - 1) / tookS });
}

function judged(
  name: string,
  { tilesPerS, tilesAtTriton, meanBatch, models }: Counters,
  { floorTilesPerS, jobsPerS }: { floorTilesPerS: number; jobsPerS: number },
): Measured[] {
  const tiled = models.filter((model) => model !== WHOLE_PICTURE_MODEL);
  const of = (what: string, value: number, rest: Omit<Measured, 'what' | 'value'>): Measured => ({
    what: `${name}: ${what}`,
    value,
    ...rest,
  });
  const batch = { unit: `of ${MAX_BATCH}`, floor: `${MAX_BATCH}: full` };
  const each = models.length > 1 ? models : [];
  return [
    of('tiles/s ÷ perf_analyzer', tilesPerS / floorTilesPerS, {
      unit: '',
      floor: '1: perf_analyzer, same server, model and tiles',
      goal: { atLeast: 0.97 },
    }),
    of('mean batch of tiles', meanBatch(tiled), { ...batch, goal: { atLeast: 0.9 * MAX_BATCH } }),
    ...each.map((model) => of(`mean batch of ${model}`, meanBatch([model]), batch)),
    of('tiles at Triton', tilesAtTriton, {
      unit: 'tiles',
      floor: `${2 * MAX_BATCH} per model: one batch runs, one waits`,
    }),
    of('jobs/s', jobsPerS, { unit: 'jobs/s', floor: 'context' }),
  ];
}
