/** Measures the stages of one job, in milliseconds. A stage entered twice adds up. */
export interface Stopwatch {
  /** Runs `work` and adds its duration to `stage`, whether it succeeds or not. */
  time<T>(stage: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds per stage, rounded to 0.1. */
  readonly stagesMs: Readonly<Record<string, number>>;
}

/** Starts a stopwatch. */
export function createStopwatch(): Stopwatch {
  const stagesMs: Record<string, number> = {};
  return {
    stagesMs,
    async time(stage, work) {
      const from = performance.now();
      try {
        return await work();
      } finally {
        stagesMs[stage] = roundMs((stagesMs[stage] ?? 0) + performance.now() - from);
      }
    },
  };
}

const roundMs = (ms: number): number => Math.round(ms * 10) / 10;
