import { JobError } from './errors.ts';

/** Bytes that jobs may use at a time for pixels; whoever does not fit waits, first come, first served. */
export class MemoryBudget {
  readonly #totalBytes: number;
  readonly #queue: { readonly bytes: number; readonly start: () => void }[] = [];
  #usedBytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Bytes in use now. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Does the work once there is room for it.
   * @throws JobError IMAGE_TOO_LARGE if there never will be; what the work throws; the signal's reason if it aborts before
   */
  async run<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (bytes > this.#totalBytes) throw tooLarge(bytes, this.#totalBytes);
    await this.#admit(bytes, signal);
    try {
      return await work();
    } finally {
      this.#usedBytes -= bytes;
      this.#admitNext();
    }
  }

  async #admit(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { bytes, start: resolve };
    const leave = (): void => {
      const index = this.#queue.indexOf(entry);
      if (index < 0) return;
      this.#queue.splice(index, 1);
      reject(signal.reason as Error);
      this.#admitNext();
    };
    this.#queue.push(entry);
    signal.addEventListener('abort', leave, { once: true });
    this.#admitNext();
    await promise;
    signal.removeEventListener('abort', leave);
  }

  #admitNext(): void {
    for (;;) {
      const [next] = this.#queue;
      if (next === undefined || this.#usedBytes + next.bytes > this.#totalBytes) return;
      this.#queue.shift();
      this.#usedBytes += next.bytes;
      next.start();
    }
  }
}

function tooLarge(bytes: number, totalBytes: number): JobError {
  const [needed, allowed] = [bytes, totalBytes].map((value) => Math.round(value / 1e6));
  return new JobError(
    'IMAGE_TOO_LARGE',
    `the job needs ${needed} MB of memory, at most ${allowed} MB are allowed; send a smaller picture, without alpha or not ` +
      'interlaced, or ask for another output.format',
  );
}
