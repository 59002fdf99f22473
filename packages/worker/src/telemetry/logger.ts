import { type Logger, pino } from 'pino';

/** Structured log on standard output: one line per job. */
export type { Logger } from 'pino';

/** Creates the process's logger; `level` as in pino (`debug`, `info`, `warn`, `error`, `silent`). */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
