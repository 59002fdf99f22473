import type { Writable } from 'node:stream';
import {
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME,
  frame,
  MAX_WINDOW_BYTES,
  windowError,
} from './frames.ts';

/** What is handed to the socket at a time; it copies nothing, and gets the next when this is with the kernel. */
const BATCH_BYTES = 256 * 1024;
/** What one body may send before the others have their turn. */
const TURN_BYTES = 64 * 1024;

/** The body of a request on its way out. */
export class OutgoingBody {
  readonly #streamId: number;
  readonly #parts: Buffer[];
  /** How much of the first part is gone. */
  #offset = 0;
  /** Bytes still to be sent. */
  left: number;
  #windowBytes: number;

  /** Together the parts are at least one byte. They are not copied. */
  constructor(streamId: number, parts: readonly Buffer[], windowBytes: number) {
    this.#streamId = streamId;
    this.#parts = [...parts];
    this.left = parts.reduce((sum, { length }) => sum + length, 0);
    this.#windowBytes = windowBytes;
  }

  /** What the peer lets this stream send; below 0 after it has lowered its initial window. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** By a WINDOW_UPDATE, or by what another initial window adds or takes. @throws ProtocolError */
  growWindow(bytes: number): void {
    this.#windowBytes = grown(this.#windowBytes, bytes);
  }

  /** Appends the next DATA frame, of at most `maxBytes` that its window has to allow, to `batch`. */
  takeFrame(maxBytes: number, batch: Buffer[]): number {
    const pieces: Buffer[] = [];
    let length = 0;
    while (length < maxBytes && this.#parts.length > 0) {
      const piece = this.#takePiece(maxBytes - length);
      if (piece.length > 0) pieces.push(piece);
      length += piece.length;
    }
    // Parts whose memory was transferred away are empty by now: then the end comes early.
    this.left = this.#parts.length === 0 ? 0 : this.left - length;
    this.#windowBytes -= length;
    const flags = this.left === 0 ? FLAG.END_STREAM : 0;
    batch.push(frame({ type: FRAME.DATA, flags, streamId: this.#streamId, length }), ...pieces);
    return length;
  }

  #takePiece(maxBytes: number): Buffer {
    const [part = Buffer.alloc(0)] = this.#parts;
    const { length } = part;
    const piece = length === 0 ? part : part.subarray(this.#offset, this.#offset + maxBytes);
    this.#offset += piece.length;
    if (this.#offset >= length) {
      this.#parts.shift();
      this.#offset = 0;
    }
    return piece;
  }
}

/** Writes a connection's frames: small ones at once, bodies in turns, as fast as socket and windows let them go. */
export class SendQueue {
  readonly #socket: Writable;
  #urgent: Buffer[] = [];
  readonly #bodies: OutgoingBody[] = [];
  #isScheduled = false;
  /** What the peer lets all streams together send. */
  #windowBytes = DEFAULT_WINDOW_BYTES;
  /** The peer's limit for one frame. */
  maxFrameBytes: number = DEFAULT_MAX_FRAME_BYTES;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Frames that wait for the socket, without bodies. */
  get urgentFrames(): number {
    return this.#urgent.length;
  }

  /** Sends a frame before all bodies, but after what the socket has got already. */
  send(bytes: Buffer): void {
    this.#urgent.push(bytes);
    this.schedule();
  }

  /** Sends a body after the frames before. One that is small, as of a health check, does not wait for large ones. */
  add(body: OutgoingBody): void {
    const isLarge = ({ left }: OutgoingBody): boolean => left > DEFAULT_MAX_FRAME_BYTES;
    const firstLarge = isLarge(body) ? -1 : this.#bodies.findIndex(isLarge);
    this.#bodies.splice(firstLarge === -1 ? this.#bodies.length : firstLarge, 0, body);
    this.schedule();
  }

  /** Sends no more of a body; up to {@link BATCH_BYTES} may be with the socket. */
  remove(body: OutgoingBody): void {
    const index = this.#bodies.indexOf(body);
    if (index !== -1) this.#bodies.splice(index, 1);
  }

  /** By a WINDOW_UPDATE of the connection. @throws ProtocolError */
  growWindow(bytes: number): void {
    this.#windowBytes = grown(this.#windowBytes, bytes);
  }

  /** To be called when a window has grown. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.#writeBatch());
  }

  #writeBatch(): void {
    this.#isScheduled = false;
    const batch = this.#nextBatch();
    const last = batch.pop();
    if (!last) return;
    this.#isScheduled = true;
    this.#socket.cork();
    for (const bytes of batch) this.#socket.write(bytes);
    this.#socket.write(last, () => this.#writeBatch());
    this.#socket.uncork();
  }

  #nextBatch(): Buffer[] {
    const batch = this.#urgent;
    this.#urgent = [];
    for (let room = BATCH_BYTES; room > 0 && this.#windowBytes > 0;) {
      const index = this.#bodies.findIndex(({ windowBytes }) => windowBytes > 0);
      const [body] = index === -1 ? [] : this.#bodies.splice(index, 1);
      if (!body) break;
      room -= this.#takeTurn(body, batch);
      if (body.left > 0) this.#bodies.push(body);
    }
    return batch;
  }

  #takeTurn(body: OutgoingBody, batch: Buffer[]): number {
    let taken = 0;
    while (taken < TURN_BYTES && body.left > 0) {
      const window = Math.min(this.#windowBytes, body.windowBytes);
      if (window <= 0) break;
      const sent = body.takeFrame(Math.min(window, this.maxFrameBytes, TURN_BYTES - taken), batch);
      this.#windowBytes -= sent;
      taken += sent;
    }
    return taken;
  }
}

function grown(windowBytes: number, bytes: number): number {
  if (windowBytes + bytes > MAX_WINDOW_BYTES) throw windowError();
  return windowBytes + bytes;
}
