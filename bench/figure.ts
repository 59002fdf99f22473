/** One thing that is measured, with a value per round. */
export interface Figure {
  readonly what: string;
  /** Empty for a ratio. */
  readonly unit: string;
  readonly values: readonly number[];
  /** What it is compared with, or why it cannot be better than that. */
  readonly floor: string;
  readonly goal?: Goal;
}

/** What is wanted of a median. */
type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** What a round gives for a figure. */
export type Measured = Omit<Figure, 'values'> & { readonly value: number };

/** The figures of all rounds: what is measured more than once is one figure. */
export function figuresOf(rounds: readonly (readonly Measured[])[]): Figure[] {
  const byWhat = Map.groupBy(rounds.flat(), ({ what }) => what);
  return [...byWhat.values()].map((measured) => {
    const [{ what, unit, floor, goal }] = measured as [Measured, ...Measured[]];
    const values = measured.map(({ value }) => value);
    return goal ? { what, unit, values, floor, goal } : { what, unit, values, floor };
  });
}

/** Of at least one value; between the two in the middle where there are two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the nearest two values. @param share from 0, the least value, to 1, the largest */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at % 1);
}

/** True where a figure's median is as wanted; undefined where nothing is wanted. */
export function meetsGoal({ values, goal }: Figure): boolean | undefined {
  if (!goal) return undefined;
  return 'atLeast' in goal ? median(values) >= goal.atLeast : median(values) <= goal.atMost;
}
