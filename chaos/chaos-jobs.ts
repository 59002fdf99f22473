import { OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import type { Random } from './random.ts';
import type { SourceFile } from './source-pictures.ts';

/** A kind of job: many jobs of a run share one, and must then have the same result. */
export interface DistinctJob {
  readonly index: number;
  readonly operation: OperationName;
  /** Name in the sources bucket. */
  readonly source: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly output: { readonly format?: 'png' | 'jpeg' | 'webp' };
  /** False where the job must end as failed. */
  readonly isGood: boolean;
}

/** A job of a run. */
export interface ChaosJob {
  readonly jobId: string;
  readonly distinct: DistinctJob;
}

/** How many kinds of jobs a run has. */
const DISTINCT_JOBS = 40;

const PARAMS: Readonly<Record<OperationName, (random: Random) => Record<string, unknown>>> = {
  upscale: (random) => ({ scale: random.pick([2, 4]) }),
  enhance: (random) => ({
    strength: random.pick([0.5, 1]),
    autoTone: random.pick([true, false]),
    sharpen: random.pick([0, 1]),
  }),
  comic: (random) => ({ levels: random.int(4, 10), smoothing: random.pick([0, 1]) }),
  'bg-remove': (random) => ({ result: random.pick(['cutout', 'matte', '#336699']) }),
  // By default the seed comes from the jobId, and then no two jobs have the same result.
  aged: (random) => ({ seed: random.int(0, 4090), grain: random.pick([0, 0.5, 1]) }),
};

/** The kinds of jobs of a seed, every operation in turn; the last ones must fail. */
export function distinctJobs(random: Random, sources: readonly SourceFile[]): DistinctJob[] {
  const bad = sources.filter(({ isGood }) => !isGood);
  const good = sources.filter(({ isGood }) => isGood);
  return Array.from({ length: DISTINCT_JOBS }, (_, index) => {
    const operation = OPERATION_NAMES[index % OPERATION_NAMES.length]!;
    const source = bad[DISTINCT_JOBS - 1 - index] ?? random.pick(good);
    const format = random.pick([undefined, undefined, 'png', 'jpeg', 'webp'] as const);
    const output = format === undefined ? {} : { format };
    const params = PARAMS[operation](random);
    return { index, operation, source: source.name, params, output, isGood: source.isGood };
  });
}

/** One job of each kind. */
export function oneOfEach(distinct: readonly DistinctJob[], prefix: string): ChaosJob[] {
  return distinct.map((job) => ({ jobId: `${prefix}-${job.index}`, distinct: job }));
}

/** `count` jobs of random kinds. */
export function randomJobs(
  random: Random,
  distinct: readonly DistinctJob[],
  { count, prefix }: { readonly count: number; readonly prefix: string },
): ChaosJob[] {
  return Array.from({ length: count }, (_, index) => ({
    jobId: `${prefix}-${index}`,
    distinct: random.pick(distinct),
  }));
}
