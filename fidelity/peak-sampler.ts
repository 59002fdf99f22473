import { readFile } from 'node:fs/promises';
import { processTree } from '../test/support/process-tree.ts';

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
  const sizes = await Promise.all((await processTree(root)).map(rssOf));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}
