import { readdir, readFile } from 'node:fs/promises';

const LOOK_EVERY_MS = 20;

/** Looks at a number all the time and keeps the largest. */
export class PeakSampler implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  /** @param look what it looks with; a look that fails counts as none */
  constructor(look: () => Promise<number>) {
    this.#timer = setInterval(() => {
      void look().then(
        (value) => (this.#peak = Math.max(this.#peak, value)),
        () => undefined,
      );
    }, LOOK_EVERY_MS);
  }

  /** The largest since the last call. */
  take(): number {
    const peak = this.#peak;
    this.#peak = 0;
    return peak;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Resident memory of a process and all its descendants, in bytes, without files that are mapped into it. */
export async function rssOfTree(root: number): Promise<number> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(names.map(async (name) => readStatus(Number(name))));
  const children = Map.groupBy(all, ({ parent }) => parent);
  const below = (pid: number): number =>
    (children.get(pid) ?? []).reduce((sum, child) => sum + child.rssBytes + below(child.pid), 0);
  return (all.find(({ pid }) => pid === root)?.rssBytes ?? 0) + below(root);
}

interface Status {
  readonly pid: number;
  readonly parent: number;
  readonly rssBytes: number;
}

/** One of no parent and size for a process that has ended meanwhile. */
async function readStatus(pid: number): Promise<Status> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const value = (line: RegExp): number => Number(line.exec(status)?.[1] ?? -1);
  const rssBytes = Math.max(value(/^RssAnon:\s+(\d+)/m), 0) * 1024;
  return { pid, parent: value(/^PPid:\s+(\d+)/m), rssBytes };
}
