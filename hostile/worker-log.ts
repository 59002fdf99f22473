import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the suite reads of a log line. */
export interface LogLine {
  readonly msg?: string;
  readonly messageId?: string;
  readonly jobId?: string;
  readonly code?: string;
  readonly port?: number;
}

/** The log of all worker processes of a run, as it grows. */
export class WorkerLog {
  readonly #folder: string;
  readonly #read = new Map<string, number>();
  /** Every line so far. */
  readonly lines: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Lines that have come since the last time; those that are no JSON are only in `lines`. */
  catchUp(): LogLine[] {
    const names = readdirSync(this.#folder).filter((name) => /^worker-.*\.log$/.test(name));
    const fresh = names.toSorted().flatMap((name) => this.#linesOf(name));
    this.lines.push(...fresh);
    return fresh.map(parseLine).filter((line) => line !== undefined);
  }

  #linesOf(name: string): string[] {
    const text = readFileSync(join(this.#folder, name), 'utf8');
    const from = this.#read.get(name) ?? 0;
    const end = text.lastIndexOf('\n') + 1;
    this.#read.set(name, Math.max(from, end));
    return end <= from ? [] : text.slice(from, end - 1).split('\n');
  }
}

/** Undefined for what is no JSON. */
export function parseLine(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
