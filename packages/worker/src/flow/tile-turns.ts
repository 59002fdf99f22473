/** A job with this many tiles left, or more, is large: large jobs share alike. */
const LARGE_JOB_TILES = 16;

/** A job's tiles on their way to a model. */
interface Line {
  /** Tiles that have not had their turn. */
  tilesLeft: number;
  /** Grows with every turn, the faster the more tiles are left; the line with the least goes next. */
  pass: number;
  /** Tiles that are waiting for their turn. */
  readonly waiting: (() => void)[];
}

/** One job's place among those that want a model. */
export interface JobTurns {
  /**
   * Sends the job's next tile, when its turn has come.
   * @throws what the work throws; the signal's reason if it aborts before
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/**
 * Who may send the next tile to a model. Jobs take turns by stride scheduling (Waldspurger and Weihl, 1995): a job's share
 * of the turns is inverse to its tiles left, counted up to {@link LARGE_JOB_TILES}. So a small job hardly waits for large
 * ones, and however many small jobs there are, a large one gets a turn for every 16 of any other.
 */
export class TileTurns {
  /** Turns at a time. */
  #limit: number;
  #taken = 0;
  /** About the pass of the line that had the last turn: where lines begin, so that none can save up turns. */
  #now = 0;
  readonly #lines = new Set<Line>();
  #wasFull = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tiles in flight. */
  get taken(): number {
    return this.#taken;
  }

  get limit(): number {
    return this.#limit;
  }

  /** At least 1. Turns that have been taken stay. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#grant();
  }

  /** Whether a tile has had to wait since this was last asked. */
  takeWasFull(): boolean {
    const wasFull = this.#wasFull;
    this.#wasFull = this.#hasWaiting();
    return wasFull;
  }

  /** A job of this many tiles joins. */
  join(tiles: number): JobTurns {
    const line: Line = { tilesLeft: tiles, pass: 0, waiting: [] };
    return {
      run: async (signal, work) => {
        await this.#take(line, signal);
        try {
          return await work();
        } finally {
          this.#taken -= 1;
          this.#grant();
        }
      },
    };
  }

  async #take(line: Line, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const index = line.waiting.indexOf(resolve);
      if (index < 0) return;
      line.waiting.splice(index, 1);
      reject(signal.reason as Error);
    };
    if (line.waiting.length === 0) line.pass = Math.max(line.pass, this.#now);
    line.waiting.push(resolve);
    this.#lines.add(line);
    signal.addEventListener('abort', leave, { once: true });
    this.#grant();
    await promise;
    signal.removeEventListener('abort', leave);
  }

  #grant(): void {
    while (this.#taken < this.#limit) {
      const line = this.#next();
      if (!line) return;
      // Even turns that cost nothing take time: else new small jobs could go first for ever.
      this.#now = Math.max(line.pass, this.#now + 1);
      line.pass += Math.min(Math.max(line.tilesLeft, 1), LARGE_JOB_TILES);
      line.tilesLeft -= 1;
      this.#taken += 1;
      line.waiting.shift()?.();
    }
    this.#wasFull ||= this.#hasWaiting();
  }

  /** The line whose turn it is. Lines in which nobody waits are forgotten. */
  #next(): Line | undefined {
    let next: Line | undefined;
    for (const line of this.#lines) {
      if (line.waiting.length === 0) this.#lines.delete(line);
      else if (!next || isBefore(line, next)) next = line;
    }
    return next;
  }

  #hasWaiting(): boolean {
    return this.#next() !== undefined;
  }
}

function isBefore(line: Line, other: Line): boolean {
  return line.pass < other.pass || (line.pass === other.pass && line.tilesLeft < other.tilesLeft);
}
