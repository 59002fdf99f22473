import { JobError } from './errors.ts';

/** A job on its way through the budget. */
interface Entry {
  readonly bytes: number;
  readonly start: () => void;
  /** The first in the queue when this one was let past it. */
  overtaken?: Entry;
  /** Bytes in use by jobs that were let past this one. */
  overtakersBytes: number;
}

/**
 * Bytes that jobs may use at a time for pixels; whoever does not fit waits. Others may overtake the first in the queue,
 * but only in the room that it leaves free: so a large job holds up no small ones, and they do not delay it (backfilling,
 * as schedulers of batch jobs do).
 */
export class MemoryBudget {
  readonly #totalBytes: number;
  readonly #queue: Entry[] = [];
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
    const entry = await this.#admit(bytes, signal);
    try {
      return await work();
    } finally {
      this.#usedBytes -= bytes;
      if (entry.overtaken) entry.overtaken.overtakersBytes -= bytes;
      this.#admitNext();
    }
  }

  async #admit(bytes: number, signal: AbortSignal): Promise<Entry> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Entry = { bytes, start: resolve, overtakersBytes: 0 };
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
    return entry;
  }

  #admitNext(): void {
    for (;;) {
      const next = this.#queue.find((entry) => this.#mayStart(entry));
      if (!next) return;
      const [first] = this.#queue;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.#usedBytes += next.bytes;
      if (first && first !== next) {
        next.overtaken = first;
        first.overtakersBytes += next.bytes;
      }
      next.start();
    }
  }

  #mayStart(entry: Entry): boolean {
    if (this.#usedBytes + entry.bytes > this.#totalBytes) return false;
    const first = this.#queue[0] ?? entry;
    return entry === first || first.bytes + first.overtakersBytes + entry.bytes <= this.#totalBytes;
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
