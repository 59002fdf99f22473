import type { ModelStatistics, TritonClient } from '@imagen/triton-client';
import type { Metrics } from '../telemetry/metrics.ts';
import { TileLimit } from './tile-limit.ts';
import { type JobTurns, TileTurns } from './tile-turns.ts';

/** How often Triton's counters are read while tiles are in flight. */
const PERIOD_MS = 500;
/** Longest that Triton may take to say them. */
const DEADLINE_MS = 5_000;

type FlowMetrics = Pick<Metrics, 'tilesInFlight' | 'tilesInFlightLimit'>;

interface Lane {
  readonly limit: TileLimit;
  readonly turns: TileTurns;
}

/** Keeps the tiles in flight to each model at what keeps Triton's batches full and its queues short. */
export class FlowControl {
  readonly #triton: Pick<TritonClient, 'statistics'>;
  readonly #metrics: FlowMetrics;
  readonly #lanes = new Map<string, Lane>();
  readonly #timer: NodeJS.Timeout;
  #isAsking = false;

  constructor(triton: Pick<TritonClient, 'statistics'>, metrics: FlowMetrics) {
    this.#triton = triton;
    this.#metrics = metrics;
    this.#timer = setInterval(() => void this.#look(), PERIOD_MS).unref();
  }

  /** A job that has so many tiles for a model joins those that want it. */
  join(
    { modelName, maxBatchSize }: { modelName: string; maxBatchSize: number },
    tiles: number,
  ): JobTurns {
    const lane = this.#lanes.get(modelName) ?? openLane(maxBatchSize);
    this.#lanes.set(modelName, lane);
    return lane.turns.join(tiles);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    for (const [model, { turns, limit }] of this.#lanes) {
      this.#metrics.tilesInFlight.set({ model }, turns.taken);
      if (turns.taken === 0) limit.pause();
    }
    const isIdle = this.#lanes.values().every(({ turns }) => turns.taken === 0);
    if (isIdle || this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#learn(await this.#triton.statistics({ deadlineMs: DEADLINE_MS }));
    } catch {
      // A Triton that cannot be asked is told of by the tiles; limits stay.
    } finally {
      this.#isAsking = false;
    }
  }

  #learn(statistics: readonly ModelStatistics[]): void {
    const atMs = performance.now();
    for (const [model, { limit, turns }] of this.#lanes) {
      if (turns.taken === 0) continue;
      const versions = statistics.filter(({ name }) => name === model);
      const executions = sum(versions.map(({ executionCount }) => executionCount));
      const requestNs = sum(versions.map((version) => version.requestNs));
      limit.observe({ atMs, executions, requestNs }, turns.takeWasFull());
      // Rounded at random, so that the limits of many workers add up.
      turns.limit = Math.floor(limit.tiles + Math.random());
      this.#metrics.tilesInFlightLimit.set({ model }, limit.tiles);
    }
  }
}

function openLane(maxBatchSize: number): Lane {
  const limit = new TileLimit(maxBatchSize);
  return { limit, turns: new TileTurns(limit.tiles) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
