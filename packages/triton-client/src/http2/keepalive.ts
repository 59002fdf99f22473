/** Triton ends a connection that is pinged more often than every 300 s without data. */
const SILENCE_MS = 310_000;
const ANSWER_LIMIT_MS = 10_000;

/** What {@link Keepalive} asks and tells its connection. */
export interface Watched {
  isBusy(): boolean;
  ping(): void;
  /** The peer does not answer any more. */
  lost(): void;
}

/** Finds a peer that is gone without a word, while there are calls: a ping after long silence must be answered. */
export class Keepalive {
  readonly #watched: Watched;
  #heardAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** To be called whenever bytes have come. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** To be called when a call begins. */
  watch(): void {
    this.#timer ??= setTimeout(() => this.#check(), SILENCE_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    this.#timer = undefined;
    if (!this.#watched.isBusy()) return;
    const silentMs = performance.now() - this.#heardAtMs;
    if (silentMs < SILENCE_MS) {
      this.#timer = setTimeout(() => this.#check(), SILENCE_MS - silentMs).unref();
      return;
    }
    this.#watched.ping();
    const pingedAtMs = performance.now();
    this.#timer = setTimeout(() => {
      if (this.#heardAtMs < pingedAtMs) this.#watched.lost();
      else this.#check();
    }, ANSWER_LIMIT_MS).unref();
  }
}
