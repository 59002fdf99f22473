import { formatTable } from '../packages/cli/src/output.ts';

/** What every experiment is started with. */
export interface ExperimentOptions {
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** One thing that an experiment must show. */
export interface Check {
  readonly what: string;
  readonly found: string | number;
  readonly wanted: string;
  readonly holds: boolean;
}

/** Prints the checks as a table; returns the exit code. */
export function conclude(checks: readonly Check[], print: (text: string) => void): number {
  const rows = checks.map(({ what, found, wanted, holds }) => [
    what,
    String(found),
    wanted,
    holds ? 'ok' : 'FAIL',
  ]);
  print(formatTable([['check', 'found', 'wanted', ''], ...rows]));
  return checks.every(({ holds }) => holds) ? 0 : 1;
}
