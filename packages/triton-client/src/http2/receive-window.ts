/** What the peer may send ahead, on a stream and on a connection: 16 MiB, so that 1 ms of delay costs no throughput. */
export const WINDOW_BYTES: number = 16 * 1024 * 1024;

/** Flow control of what is received, RFC 9113 section 5.2. As all that comes is taken at once, it only has to go on. */
export class ReceiveWindow {
  #takenBytes = 0;

  /** Counts what has come; returns by how much to fill the window up again, in large steps: mostly by 0. */
  take(bytes: number): number {
    this.#takenBytes += bytes;
    if (this.#takenBytes < WINDOW_BYTES / 2) return 0;
    const taken = this.#takenBytes;
    this.#takenBytes = 0;
    return taken;
  }
}
