import process from 'node:process';
import { progress } from '@clack/prompts';

/** Progress of long work: a bar on a terminal, a plain line per step elsewhere. Goes to standard error. */
export interface Progress {
  /** One more step is done. */
  advance(message: string): void;
  finish(message: string): void;
}

/** Starts a progress display of `total` steps. */
export function startProgress(total: number, message: string): Progress {
  let done = 0;
  if (process.stderr.isTTY) {
    const bar = progress({ max: total, output: process.stderr, withGuide: false });
    bar.start(message);
    return {
      advance: (step) => bar.advance(1, `${(done += 1)}/${total} ${step}`),
      finish: (last) => bar.stop(last),
    };
  }
  say(message);
  return { advance: (step) => say(`${(done += 1)}/${total} ${step}`), finish: say };
}

/** Tells the person something; standard output stays free for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints a result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Lays out rows in columns as wide as their widest cell; numbers are right-aligned. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  const format = (cell: string | number, column: number): string => {
    const width = widths[column] ?? 0;
    return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(format).join('  ').trimEnd()).join('\n');
}

/** Prints an environment as lines to paste into a shell. */
export function printExports(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) print(`export ${name}=${value}`);
}
