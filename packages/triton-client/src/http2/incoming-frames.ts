import type { Piece } from './exchange.ts';
import {
  ERROR_CODE,
  FLAG,
  FRAME,
  type FrameHead,
  MAX_WINDOW_BYTES,
  ProtocolError,
} from './frames.ts';
import { type FrameHandler, MAX_HEADER_BLOCK_BYTES } from './frame-reader.ts';
import { decodeHeaders } from './hpack.ts';

/** Frames without headers or data in between that one can do without: a peer that sends more is broken. */
const MAX_IDLE_FRAMES = 10_000;
const MAX_HEADER_FRAGMENTS = 256;

/** An entry of a SETTINGS frame. */
export type Setting = readonly [id: number, value: number];

/** What the frames of a peer say, checked as far as can be without the streams. */
export interface PeerEvents extends Pick<FrameHandler, 'data'> {
  settings(settings: readonly Setting[]): void;
  ping(payload: Buffer): void;
  goAway(lastStreamId: number, errorCode: number): void;
  windowUpdate(streamId: number, bytes: number): void;
  headers(streamId: number, headers: Map<string, string>, isLast: boolean): void;
  dataBegins(streamId: number): void;
  /** The DATA frame counts `bytes` for flow control. */
  dataEnds(streamId: number, bytes: number, isLast: boolean): void;
  reset(streamId: number, errorCode: number): void;
}

interface HeaderBlock {
  readonly streamId: number;
  readonly isLast: boolean;
  readonly fragments: Buffer[];
}

/** Reads frames as what they mean. What it throws is a {@link ProtocolError}. */
export class IncomingFrames implements FrameHandler {
  readonly #events: PeerEvents;
  #block: HeaderBlock | undefined;
  #isFirst = true;
  #idleFrames = 0;

  constructor(events: PeerEvents) {
    this.#events = events;
  }

  dataBegins(head: FrameHead): void {
    this.#expect(head);
    onStream(head);
    this.#events.dataBegins(head.streamId);
  }

  data(streamId: number, piece: Piece): void {
    this.#idleFrames = 0;
    this.#events.data(streamId, piece);
  }

  dataEnds({ streamId, length, flags }: FrameHead): void {
    this.#events.dataEnds(streamId, length, (flags & FLAG.END_STREAM) !== 0);
  }

  frame(head: FrameHead, payload: Buffer): void {
    this.#expect(head);
    FRAME_READERS[head.type]?.(this.#events, head, payload);
    if (head.type === FRAME.HEADERS) this.#headers(head, payload);
    if (head.type === FRAME.CONTINUATION) this.#continue(head, payload);
  }

  #expect({ type, flags, streamId }: FrameHead): void {
    const isSettings = type === FRAME.SETTINGS && (flags & FLAG.ACK) === 0;
    if (this.#isFirst && !isSettings) throw violation('the peer does not speak HTTP/2');
    this.#isFirst = false;
    if ((type === FRAME.CONTINUATION ? streamId : undefined) !== this.#block?.streamId) {
      throw violation('a header block is torn apart');
    }
    if (type === FRAME.HEADERS) this.#idleFrames = 0;
    else if (type !== FRAME.WINDOW_UPDATE) this.#idleFrames += 1;
    if (this.#idleFrames > MAX_IDLE_FRAMES) {
      throw new ProtocolError(ERROR_CODE.ENHANCE_YOUR_CALM, 'a flood of frames');
    }
  }

  #headers(head: FrameHead, payload: Buffer): void {
    onStream(head);
    const { streamId, flags } = head;
    const isLast = (flags & FLAG.END_STREAM) !== 0;
    this.#block = { streamId, isLast, fragments: [] };
    this.#continue(head, withoutPadding(head, payload));
  }

  #continue({ flags }: FrameHead, fragment: Buffer): void {
    if (!this.#block) throw violation('a continuation of nothing');
    const { streamId, isLast, fragments } = this.#block;
    // The reader's bytes are there only now.
    fragments.push(Buffer.from(fragment));
    const bytes = fragments.reduce((sum, { length }) => sum + length, 0);
    if (bytes > MAX_HEADER_BLOCK_BYTES || fragments.length > MAX_HEADER_FRAGMENTS) {
      throw new ProtocolError(ERROR_CODE.ENHANCE_YOUR_CALM, 'a header block too large');
    }
    if ((flags & FLAG.END_HEADERS) === 0) return;
    this.#block = undefined;
    this.#events.headers(streamId, decodeHeaders(Buffer.concat(fragments)), isLast);
  }
}

type ReadFrame = (events: PeerEvents, head: FrameHead, payload: Buffer) => void;

/** By type; header blocks need state. */
const FRAME_READERS: Readonly<Record<number, ReadFrame>> = {
  [FRAME.SETTINGS](events, head, payload) {
    onConnection(head);
    const isAck = (head.flags & FLAG.ACK) !== 0;
    if (isAck ? payload.length > 0 : payload.length % 6 !== 0) throw wrongSize();
    if (isAck) return;
    const count = payload.length / 6;
    const settings = Array.from({ length: count }, (_, index) => {
      return [payload.readUInt16BE(index * 6), payload.readUInt32BE(index * 6 + 2)] as const;
    });
    events.settings(settings);
  },
  [FRAME.PING](events, head, payload) {
    onConnection(head);
    if (payload.length !== 8) throw wrongSize();
    if ((head.flags & FLAG.ACK) === 0) events.ping(payload);
  },
  [FRAME.GOAWAY](events, head, payload) {
    onConnection(head);
    if (payload.length < 8) throw wrongSize();
    events.goAway(payload.readUInt32BE(0) & MAX_WINDOW_BYTES, payload.readUInt32BE(4));
  },
  [FRAME.WINDOW_UPDATE](events, { streamId }, payload) {
    if (payload.length !== 4) throw wrongSize();
    const bytes = payload.readUInt32BE(0) & MAX_WINDOW_BYTES;
    if (bytes === 0) throw violation('a window update of nothing');
    events.windowUpdate(streamId, bytes);
  },
  [FRAME.RST_STREAM](events, head, payload) {
    onStream(head);
    if (payload.length !== 4) throw wrongSize();
    events.reset(head.streamId, payload.readUInt32BE(0));
  },
  [FRAME.PUSH_PROMISE]() {
    throw violation('a push that we have forbidden');
  },
};

/** The fragment in a HEADERS frame: RFC 9113, section 6.2. */
function withoutPadding({ flags }: FrameHead, payload: Buffer): Buffer {
  const isPadded = (flags & FLAG.PADDED) !== 0;
  const from = (isPadded ? 1 : 0) + ((flags & FLAG.PRIORITY) === 0 ? 0 : 5);
  const to = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (from > to) throw violation('more padding than payload');
  return payload.subarray(from, to);
}

function onStream({ streamId }: FrameHead): void {
  if (streamId === 0) throw violation('a frame of no stream');
}

function onConnection({ streamId }: FrameHead): void {
  if (streamId !== 0) throw violation(`a frame of the connection on stream ${streamId}`);
}

function wrongSize(): ProtocolError {
  return new ProtocolError(ERROR_CODE.FRAME_SIZE_ERROR, 'a frame of the wrong size');
}

function violation(what: string): ProtocolError {
  return new ProtocolError(ERROR_CODE.PROTOCOL_ERROR, what);
}
