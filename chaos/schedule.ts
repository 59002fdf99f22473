import type { Random } from './random.ts';

/** One disturbance of a schedule. */
export interface Step {
  /** A name of `DISTURBANCES`. */
  readonly name: string;
  /** How many requests a fault strikes. */
  readonly times: number;
  /** At least 0, below 1: which worker, which model, which job. */
  readonly choice: number;
  /** How long an outage lasts before it is mended. */
  readonly lastsMs: number;
  /** Pause before the next step. */
  readonly pauseMs: number;
}

/** How often each disturbance must strike in a run of so many jobs: 10 times in 1,000; fewer than 100 cannot promise it. */
export function strikesWanted(jobs: number): number {
  return Math.floor(jobs / 100);
}

/** Rounds of steps: each has every disturbance once, in another order. One after the other, as many as are asked for. */
export class Schedule {
  readonly #random: Random;
  readonly #names: readonly string[];

  constructor(random: Random, names: readonly string[]) {
    this.#random = random;
    this.#names = names;
  }

  /** The next round, of all disturbances or of those that have not struck enough. */
  round(names: readonly string[] = this.#names): Step[] {
    return this.#random.shuffled(names).map((name) => ({
      name,
      times: this.#random.int(1, 2),
      choice: this.#random.next(),
      lastsMs: this.#random.int(500, 2_500),
      pauseMs: this.#random.int(200, 1_200),
    }));
  }
}

/** A step in one line, for the log of a run. */
export function describeStep({ name, times, choice, lastsMs, pauseMs }: Step): string {
  return `${name} times=${times} choice=${choice.toFixed(3)} lasts=${lastsMs}ms pause=${pauseMs}ms`;
}
