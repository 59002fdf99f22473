import type { BufferPool } from './buffer-pool.ts';
import { GrpcError, STATUS } from './grpc-status.ts';
import type { Piece } from './http2/exchange.ts';

/** Before each message: whether it is compressed, and its length in 4 bytes. */
export const PREFIX_BYTES = 5;
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

/** Puts the one message of an answer together, in a buffer of the pool. */
export class MessageReader {
  readonly #pool: BufferPool;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #message: Buffer | undefined;
  #filledBytes = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Takes the next bytes. @throws GrpcError INTERNAL for what is no message, or more than one */
  read({ chunk, from, to }: Piece): void {
    let at = from;
    for (; this.#prefixBytes < PREFIX_BYTES && at < to; at += 1) {
      this.#prefix[this.#prefixBytes] = chunk[at] ?? 0;
      this.#prefixBytes += 1;
    }
    if (this.#prefixBytes < PREFIX_BYTES) return;
    this.#message ??= this.#begin();
    if (to - at > this.#message.length - this.#filledBytes) throw wrong('more than one message');
    this.#filledBytes += chunk.copy(this.#message, this.#filledBytes, at, to);
  }

  /** The message, which the caller gives back to the pool. @throws GrpcError INTERNAL where it is not all there */
  end(): Buffer {
    const message = this.#message;
    if (!message || this.#filledBytes < message.length) throw wrong('no whole message');
    this.#message = undefined;
    return message;
  }

  /** Gives back what is there of a message that nobody wants. */
  discard(): void {
    if (this.#message) this.#pool.give(this.#message);
    this.#message = undefined;
  }

  #begin(): Buffer {
    if (this.#prefix[0] !== 0) throw wrong('a compressed message');
    const bytes = this.#prefix.readUInt32BE(1);
    if (bytes > MAX_MESSAGE_BYTES) throw wrong(`a message of ${bytes} bytes`);
    try {
      return this.#pool.take(bytes);
    } catch {
      throw wrong(`a message of ${bytes} bytes, for which there is no memory`);
    }
  }
}

function wrong(what: string): GrpcError {
  return new GrpcError(STATUS.INTERNAL, `the server sent ${what}`);
}
