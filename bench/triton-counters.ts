import { setTimeout as delay } from 'node:timers/promises';
import type { ModelStatistics, TritonClient } from '../packages/triton-client/src/index.ts';

const CALL = { deadlineMs: 10_000 };
const POLL_MS = 100;
/** What is counted begins and ends with these shares of the tiles: all workers are at work. */
const [FROM_SHARE, TO_SHARE] = [0.15, 0.8];

/** What a Triton did, by its own counters, while all workers were at work. */
export interface Counters {
  readonly tilesPerS: number;
  /** Requests in Triton, on average. */
  readonly tilesAtTriton: number;
  /** Tiles ÷ executions of these models. */
  readonly meanBatch: (models: readonly string[]) => number;
  /** Models that had something to do. */
  readonly models: readonly string[];
}

interface Sample {
  readonly atMs: number;
  readonly models: readonly ModelStatistics[];
}

/** Counts what Triton does while `work` runs, without its beginning and its end. */
export async function counting(
  triton: TritonClient,
  work: () => Promise<unknown>,
): Promise<Counters> {
  const samples: Sample[] = [await sampleOf(triton)];
  const stopping = new AbortController();
  const sampling = (async () => {
    while (!stopping.signal.aborted) {
      await delay(POLL_MS);
      samples.push(await sampleOf(triton));
    }
  })();
  try {
    await work();
  } finally {
    stopping.abort();
    await sampling;
  }
  return between(...middleOf(samples));
}

async function sampleOf(triton: TritonClient): Promise<Sample> {
  return { models: await triton.statistics(CALL), atMs: performance.now() };
}

function middleOf(samples: readonly Sample[]): [from: Sample, to: Sample] {
  const tiles = samples.map(({ models }) => sum(models, 'inferenceCount'));
  const [first, last] = [tiles[0]!, tiles.at(-1)!];
  const at = (share: number): Sample =>
    samples[tiles.findIndex((count) => count >= first + share * (last - first))]!;
  return [at(FROM_SHARE), at(TO_SHARE)];
}

function between(from: Sample, to: Sample): Counters {
  const ms = to.atMs - from.atMs;
  const since = (key: Counter, names?: readonly string[]): number =>
    sum(to.models, key, names) - sum(from.models, key, names);
  return {
    tilesPerS: (since('inferenceCount') / ms) * 1000,
    tilesAtTriton: since('requestNs') / 1e6 / ms,
    meanBatch: (names) => since('inferenceCount', names) / since('executionCount', names),
    models: to.models.map(({ name }) => name).filter((name) => since('executionCount', [name]) > 0),
  };
}

type Counter = 'inferenceCount' | 'executionCount' | 'requestNs';

function sum(models: readonly ModelStatistics[], key: Counter, names?: readonly string[]): number {
  const counted = models.filter(({ name }) => names?.includes(name) ?? true);
  return counted.reduce((total, model) => total + model[key], 0);
}
