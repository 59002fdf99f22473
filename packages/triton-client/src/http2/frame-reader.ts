import type { Piece } from './exchange.ts';
import {
  ERROR_CODE,
  FLAG,
  FRAME,
  type FrameHead,
  HEAD_BYTES,
  ProtocolError,
  readHead,
} from './frames.ts';

/** Largest frame we take; the peer is told. */
export const MAX_FRAME_BYTES: number = 1024 * 1024;

/** Largest block of headers we take, and so the largest frame that is not DATA. */
export const MAX_HEADER_BLOCK_BYTES: number = 64 * 1024;

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME));
const EMPTY: Buffer = Buffer.alloc(0);

/** Gets what a {@link FrameReader} finds, in order. What a method throws, `read` throws. */
export interface FrameHandler {
  /** A frame of another type than DATA; `payload` is the reader's own and holds only during the call. */
  frame(head: FrameHead, payload: Buffer): void;
  /** A DATA frame begins. */
  dataBegins(head: FrameHead): void;
  /** The next bytes of a DATA frame, without padding. */
  data(streamId: number, piece: Piece): void;
  /** All of the DATA frame has been read. */
  dataEnds(head: FrameHead): void;
}

/** Cuts a connection's bytes into frames. DATA passes through as it comes; other frames are collected, and are small. */
export class FrameReader {
  readonly #handler: FrameHandler;
  /** The head of the next frame, or the payload of one that is not DATA, as far as it has come. */
  #collected = EMPTY;
  #head: FrameHead | undefined;
  /** Bytes of the DATA frame, or of one that nobody knows, still to come: of these the last ones are padding. */
  #left = 0;
  #padding = 0;
  #awaitsPadLength = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Takes the next bytes of the connection; `chunk` may be reused afterwards. @throws ProtocolError */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (!this.#head) at = this.#readHead(chunk, at);
      else if (isCollected(this.#head)) at = this.#collectPayload(this.#head, chunk, at);
      else at = this.#passPayload(this.#head, chunk, at);
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    const to = from + HEAD_BYTES - this.#collected.length;
    const bytes = this.#collect(chunk.subarray(from, to), HEAD_BYTES);
    if (bytes) this.#begin(readHead(bytes));
    return to;
  }

  #begin(head: FrameHead): void {
    const isData = head.type === FRAME.DATA;
    if (head.length > (isCollected(head) ? MAX_HEADER_BLOCK_BYTES : MAX_FRAME_BYTES)) {
      throw new ProtocolError(ERROR_CODE.FRAME_SIZE_ERROR, `a frame of ${head.length} bytes`);
    }
    this.#head = head;
    this.#left = head.length;
    this.#awaitsPadLength = isData && (head.flags & FLAG.PADDED) !== 0;
    if (isData) this.#handler.dataBegins(head);
    if (this.#awaitsPadLength && head.length === 0) throw paddingError();
    if (head.length === 0) this.#end(head, EMPTY);
  }

  #collectPayload(head: FrameHead, chunk: Buffer, from: number): number {
    const to = from + head.length - this.#collected.length;
    const bytes = this.#collect(chunk.subarray(from, to), head.length);
    if (bytes) this.#end(head, bytes);
    return to;
  }

  #passPayload(head: FrameHead, chunk: Buffer, from: number): number {
    let at = from;
    if (this.#awaitsPadLength) {
      this.#awaitsPadLength = false;
      this.#padding = chunk[at] ?? 0;
      at += 1;
      this.#left -= 1;
      if (this.#padding > this.#left) throw paddingError();
    }
    const to = Math.min(chunk.length, at + this.#left);
    const dataTo = Math.min(to, at + this.#left - this.#padding);
    if (head.type === FRAME.DATA && dataTo > at) {
      this.#handler.data(head.streamId, { chunk, from: at, to: dataTo });
    }
    this.#left -= to - at;
    if (this.#left === 0) this.#end(head, EMPTY);
    return to;
  }

  #end(head: FrameHead, payload: Buffer): void {
    this.#head = undefined;
    this.#padding = 0;
    if (head.type === FRAME.DATA) this.#handler.dataEnds(head);
    else this.#handler.frame(head, payload);
  }

  /** All `length` bytes once they are there, of which `bytes` are the next ones; copied only where a chunk ends within. */
  #collect(bytes: Buffer, length: number): Buffer | undefined {
    if (bytes.length === length) return bytes;
    this.#collected = Buffer.concat([this.#collected, bytes]);
    if (this.#collected.length < length) return undefined;
    const collected = this.#collected;
    this.#collected = EMPTY;
    return collected;
  }
}

/** Types that nobody knows are passed over, as PRIORITY is. */
function isCollected({ type }: FrameHead): boolean {
  return type !== FRAME.DATA && KNOWN_TYPES.has(type);
}

function paddingError(): ProtocolError {
  return new ProtocolError(ERROR_CODE.PROTOCOL_ERROR, 'more padding than payload');
}
