import { setTimeout as delay } from 'node:timers/promises';
import { ExponentialBackoff, type IBackoff } from 'cockatiel';

/** How a dependency is: `absent` does not answer at all (waking from zero, restarting), `failing` answers wrongly. */
export type Condition = 'well' | 'absent' | 'failing';

/** Asks a dependency how it is. Must not throw. */
export type Probe = (signal: AbortSignal) => Promise<Condition>;

/** Delays between two probes of a dependency that is not well. */
const PROBING = { initialDelay: 100, maxDelay: 500 };

/**
 * A circuit breaker that half-opens by probes, never by a job. It starts open, with a first probe; `trip` opens it again;
 * probes close it.
 */
export class Breaker {
  readonly #probe: Probe;
  readonly #onChange: (condition: Condition) => void;
  readonly #closing = new AbortController();
  #condition: Condition = 'failing';
  #changed = Promise.withResolvers<void>();
  #isProbing = false;

  constructor(probe: Probe, onChange: (condition: Condition) => void) {
    this.#probe = probe;
    this.#onChange = onChange;
    void this.#probeUntilWell();
  }

  /** As the last probe found it; `failing` before the first, and from `trip` to the next. */
  get condition(): Condition {
    return this.#condition;
  }

  /** A job has met a failure of the dependency. */
  trip(): void {
    this.#set('failing');
    if (!this.#isProbing) void this.#probeUntilWell();
  }

  /** Resolves when the condition changes, or the signal aborts. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort);
    await Promise.race([this.#changed.promise, aborted]);
    signal.removeEventListener('abort', onAbort);
  }

  /** Resolves when the dependency is well. @throws the signal's reason */
  async untilWell(signal: AbortSignal): Promise<void> {
    while (this.#condition !== 'well') {
      signal.throwIfAborted();
      await this.change(signal);
    }
  }

  /** Ends probing. */
  close(): void {
    this.#closing.abort();
  }

  async #probeUntilWell(): Promise<void> {
    const { signal } = this.#closing;
    this.#isProbing = true;
    let backoff: IBackoff<unknown> = new ExponentialBackoff(PROBING).next();
    while (!signal.aborted) {
      const condition = await this.#probe(signal);
      this.#isProbing = condition !== 'well';
      this.#set(condition);
      if (!this.#isProbing) return;
      await delay(backoff.duration, undefined, { signal, ref: false }).catch(() => undefined);
      backoff = backoff.next(undefined);
    }
  }

  #set(condition: Condition): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    this.#onChange(condition);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
