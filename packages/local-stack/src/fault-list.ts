/** A fault that was added to a server. */
export interface ActiveFault {
  /** How many requests it has struck. */
  readonly struck: number;
  /** Ends it. Harmless when it has ended by itself. */
  remove(): void;
}

/** Which requests a fault strikes, what happens to them, and to how many. */
export interface Fault<Target extends string, Effect> {
  readonly on: Target;
  readonly effect: Effect;
  /** Default: until it is removed. */
  readonly times?: number;
}

interface Entry<Target extends string, Effect> {
  readonly fault: Fault<Target, Effect>;
  struck: number;
}

/** The faults of one server. A request is struck by one fault at most: the first added that fits. */
export class FaultList<Target extends string, Effect> {
  readonly #entries = new Set<Entry<Target, Effect>>();

  /** From now on, requests of this kind have this effect. */
  add(fault: Fault<Target, Effect>): ActiveFault {
    const entry = { fault, struck: 0 };
    this.#entries.add(entry);
    return {
      get struck() {
        return entry.struck;
      },
      remove: () => void this.#entries.delete(entry),
    };
  }

  /** The effect on the request at hand, which counts as struck; undefined for none. */
  strike(on: Target): Effect | undefined {
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (fault.on !== on) continue;
      entry.struck += 1;
      if (entry.struck >= (fault.times ?? Infinity)) this.#entries.delete(entry);
      return fault.effect;
    }
    return undefined;
  }
}
