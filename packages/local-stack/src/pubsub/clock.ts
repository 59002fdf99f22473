/** A timer that a {@link Clock} set. */
export interface Timer {
  /** Stops it. Harmless when it has fired. */
  cancel(): void;
}

/** Where the server takes its time from, so that tests can drive ack deadlines and back-off. */
export interface Clock {
  /** Milliseconds since the Unix epoch. Must never go backwards. */
  now(): number;
  /** Calls back once, about `delayMs` from now; a little early does no harm. */
  setTimeout(callback: () => void, delayMs: number): Timer;
}

/** Real time. Monotonic, so that a corrected wall clock cannot end or stretch a lease. */
export const systemClock: Clock = {
  now: () => Math.trunc(performance.timeOrigin + performance.now()),
  setTimeout: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
