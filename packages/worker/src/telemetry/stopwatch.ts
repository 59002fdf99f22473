/** What a job's time goes to, in the order of the work. */
export const STAGES = ['read', 'decode', 'infer', 'finish', 'encode', 'write'] as const;

/** One of {@link STAGES}. */
type Stage = (typeof STAGES)[number];

/** Measures the stages of one job, in milliseconds. A stage entered twice adds up. */
export interface Stopwatch {
  /** Runs `work` and adds its duration to `stage`, whether it succeeds or not. */
  time<T>(stage: Stage, work: () => Promise<T>): Promise<T>;
  /** Milliseconds per stage, rounded to 0.1. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
}

/** Starts a stopwatch. */
export function createStopwatch(): Stopwatch {
  const stagesMs: Partial<Record<Stage, number>> = {};
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
