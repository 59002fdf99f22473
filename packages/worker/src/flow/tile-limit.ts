/** Batches of a model that a fleet wants at Triton: one at work, one waiting, and some on their way there. */
const BATCHES_AT_TRITON = 2.25;
/** Least number of executions from which to judge. */
const MIN_EXECUTIONS = 4;
/** A limit falls to this share of itself at most, and by a tenth at least: what it has done shows only later. */
const LARGEST_CUT = 0.7;
const SMALLEST_CUT = 0.9;
/** Least rise of a limit, in tiles. */
const SMALLEST_RISE = 0.25;
/** As many tiles as a worker's memory is meant for, whatever Triton says. */
const MAX_TILES = 64;

/** What Triton has counted for a model, at a time. */
export interface ModelCounters {
  /** When it was asked, in milliseconds of any clock. */
  readonly atMs: number;
  readonly executions: number;
  /** Nanoseconds that requests have spent in Triton, queue included, summed. */
  readonly requestNs: number;
}

/**
 * How many tiles a worker may have in flight to a model. All workers read the same counters of Triton: the time that
 * requests have spent there, divided by the time that has passed, is how many of them, of all workers, were there at a
 * time (Little's law). Below the aim all limits rise by the same step, above it they fall to the same share, and that makes
 * them alike, whoever came first (additive increase, multiplicative decrease: Chiu and Jain, 1989).
 */
export class TileLimit {
  readonly #aim: number;
  #tiles: number;
  #since: ModelCounters | undefined;
  #wasFull = false;

  /** @param maxBatchSize the model's, in tiles */
  constructor(maxBatchSize: number) {
    this.#aim = BATCHES_AT_TRITON * maxBatchSize;
    this.#tiles = maxBatchSize;
  }

  /** Tiles, 1 to {@link MAX_TILES}, with a fraction. */
  get tiles(): number {
    return this.#tiles;
  }

  /**
   * Takes new counters into account.
   * @param wasFull whether tiles had to wait for the limit: one that nobody missed must not rise
   */
  observe(counters: ModelCounters, wasFull: boolean): void {
    this.#wasFull ||= wasFull;
    const since = this.#since;
    // A model that was loaded again counts from 0.
    const countsAnew = since !== undefined && counters.executions < since.executions;
    if (!since || countsAnew) this.#since = counters;
    else if (counters.executions - since.executions >= MIN_EXECUTIONS) this.#judge(since, counters);
  }

  /** To be called when nothing has been in flight: time that passed without work says nothing. */
  pause(): void {
    this.#since = undefined;
  }

  #judge(since: ModelCounters, counters: ModelCounters): void {
    const spentMs = (counters.requestNs - since.requestNs) / 1e6;
    const load = spentMs / (counters.atMs - since.atMs) / this.#aim;
    if (load > 1) this.#lower(clamp(1 / load, LARGEST_CUT, SMALLEST_CUT));
    else if (this.#wasFull) this.#raise(Math.max(SMALLEST_RISE, (this.#aim / 4) * (1 - load)));
    this.#since = counters;
    this.#wasFull = false;
  }

  #lower(share: number): void {
    this.#tiles = Math.max(1, this.#tiles * share);
  }

  #raise(tiles: number): void {
    this.#tiles = Math.min(MAX_TILES, this.#tiles + tiles);
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
