import { GrpcError, resetError, STATUS, unavailable } from '../grpc-status.ts';
import type { Exchange, Piece } from './exchange.ts';
import {
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ERROR_CODE,
  FLAG,
  FRAME,
  frame,
  MAX_WINDOW_BYTES,
  ProtocolError,
  resetFrame,
  SETTING,
  windowError,
  windowUpdateFrame,
} from './frames.ts';
import type { PeerEvents, Setting } from './incoming-frames.ts';
import { ReceiveWindow } from './receive-window.ts';
import { OutgoingBody, type SendQueue } from './send-queue.ts';

interface Stream {
  readonly exchange: Exchange;
  /** 0 as long as it waits. */
  id: number;
  body: OutgoingBody | undefined;
  readonly window: ReceiveWindow;
  hasHeaders: boolean;
}

/** What streams tell their connection. */
export interface StreamsEvents {
  /** The peer has sent its settings, as it does first. */
  ready(): void;
  /** No new exchange can begin, those that run go on. Called once. */
  retired(reason: GrpcError): void;
  /** None runs any more after that. */
  drained(): void;
}

const LAST_STREAM_ID = 2 ** 31 - 1;
/** RFC 9113, section 6.5.2. */
const MAX_MAX_FRAME_BYTES = 2 ** 24 - 1;
/** Answers that may wait for a peer that goes on to send, but does not read. */
const MAX_URGENT_FRAMES = 10_000;

/** The streams of a connection, all opened by us, and what they share: RFC 9113, section 5. */
export class Streams implements PeerEvents {
  readonly #queue: SendQueue;
  readonly #events: StreamsEvents;
  readonly #open = new Map<number, Stream>();
  /** Those that wait for the peer's settings, or until others end. */
  readonly #waiting = new Set<Stream>();
  readonly #window = new ReceiveWindow();
  #isReady = false;
  #isRetired = false;
  #maxOpen = Infinity;
  #initialWindowBytes = DEFAULT_WINDOW_BYTES;
  #nextId: number;

  constructor(queue: SendQueue, events: StreamsEvents, firstId: number) {
    this.#queue = queue;
    this.#events = events;
    this.#nextId = firstId;
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Begins an exchange as soon as it may; returns what cancels it, which is nothing once it has ended. */
  add(exchange: Exchange): () => void {
    const window = new ReceiveWindow();
    const stream: Stream = { exchange, id: 0, body: undefined, window, hasHeaders: false };
    this.#waiting.add(stream);
    this.#openWaiting();
    return () => {
      if (this.#waiting.delete(stream) || this.#open.get(stream.id) !== stream) return;
      this.#reset(stream, ERROR_CODE.CANCEL);
    };
  }

  /** Ends all; none begins any more. */
  fail(reason: GrpcError): void {
    this.#retire(reason);
    for (const stream of this.#open.values()) this.#end(stream, reason);
  }

  settings(settings: readonly Setting[]): void {
    for (const setting of settings) this.#apply(setting);
    this.#answer(frame({ type: FRAME.SETTINGS, flags: FLAG.ACK, streamId: 0 }));
    if (!this.#isReady) this.#events.ready();
    this.#isReady = true;
    this.#openWaiting();
    this.#queue.schedule();
  }

  #apply([id, value]: Setting): void {
    if (id === SETTING.MAX_CONCURRENT_STREAMS) {
      this.#maxOpen = value;
    } else if (id === SETTING.INITIAL_WINDOW_SIZE) {
      const change = value - this.#initialWindowBytes;
      this.#initialWindowBytes = value;
      if (value > MAX_WINDOW_BYTES) throw windowError();
      for (const { body } of this.#open.values()) body?.growWindow(change);
    } else if (id === SETTING.MAX_FRAME_SIZE) {
      this.#queue.maxFrameBytes = value;
      if (value < DEFAULT_MAX_FRAME_BYTES || value > MAX_MAX_FRAME_BYTES) {
        throw new ProtocolError(ERROR_CODE.PROTOCOL_ERROR, `frames of at most ${value} bytes`);
      }
    }
  }

  ping(payload: Buffer): void {
    this.#answer(frame({ type: FRAME.PING, flags: FLAG.ACK, streamId: 0 }, payload));
  }

  goAway(lastId: number, errorCode: number): void {
    const reason = unavailable(`the server goes away with code ${errorCode}`);
    for (const stream of this.#open.values()) if (stream.id > lastId) this.#end(stream, reason);
    this.#retire(reason);
  }

  windowUpdate(streamId: number, bytes: number): void {
    if (streamId === 0) this.#queue.growWindow(bytes);
    else this.#find(streamId)?.body?.growWindow(bytes);
    this.#queue.schedule();
  }

  headers(streamId: number, headers: Map<string, string>, isLast: boolean): void {
    const stream = this.#find(streamId);
    if (!stream) return;
    const isInformational = headers.get(':status')?.startsWith('1') === true;
    if (isLast) {
      this.#end(stream, headers);
    } else if (stream.hasHeaders) {
      this.#refuse(stream, misordered('trailers that are not the end'));
    } else if (!isInformational) {
      stream.hasHeaders = true;
      this.#tell(stream, () => stream.exchange.headers(headers));
    }
  }

  dataBegins(streamId: number): void {
    const stream = this.#find(streamId);
    if (stream?.hasHeaders === false) this.#refuse(stream, misordered('data before headers'));
  }

  data(streamId: number, piece: Piece): void {
    const stream = this.#open.get(streamId);
    if (stream) this.#tell(stream, () => stream.exchange.data(piece));
  }

  dataEnds(streamId: number, bytes: number, isLast: boolean): void {
    this.#refill(0, this.#window.take(bytes));
    const stream = this.#open.get(streamId);
    if (!stream) return;
    if (isLast) this.#end(stream, new Map());
    else this.#refill(streamId, stream.window.take(bytes));
  }

  reset(streamId: number, errorCode: number): void {
    const stream = this.#find(streamId);
    if (stream) this.#end(stream, resetError(errorCode));
  }

  #openWaiting(): void {
    for (const stream of this.#waiting) {
      if (!this.#isReady || this.#isRetired || this.#open.size >= this.#maxOpen) return;
      this.#waiting.delete(stream);
      stream.id = this.#nextId;
      this.#nextId += 2;
      this.#open.set(stream.id, stream);
      const head = { type: FRAME.HEADERS, flags: FLAG.END_HEADERS, streamId: stream.id };
      this.#queue.send(frame(head, stream.exchange.encodeHeaders()));
      stream.body = new OutgoingBody(stream.id, stream.exchange.body, this.#initialWindowBytes);
      this.#queue.add(stream.body);
      if (this.#nextId > LAST_STREAM_ID) this.#retire(unavailable('all streams are used up'));
    }
  }

  #retire(reason: GrpcError): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#events.retired(reason);
    for (const { exchange } of this.#waiting) exchange.failed(reason);
    this.#waiting.clear();
    if (!this.isBusy) this.#events.drained();
  }

  /** Undefined for a stream that has ended. @throws ProtocolError for one that never was */
  #find(streamId: number): Stream | undefined {
    if (streamId % 2 === 1 && streamId < this.#nextId) return this.#open.get(streamId);
    throw new ProtocolError(ERROR_CODE.PROTOCOL_ERROR, `stream ${streamId} was never opened`);
  }

  /** What the exchange will not have ends its stream. */
  #tell(stream: Stream, event: () => void): void {
    try {
      event();
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      this.#refuse(stream, error);
    }
  }

  #refuse(stream: Stream, error: GrpcError): void {
    if (this.#open.has(stream.id)) this.#reset(stream, ERROR_CODE.CANCEL);
    stream.exchange.failed(error);
  }

  #reset(stream: Stream, errorCode: number): void {
    this.#queue.send(resetFrame(stream.id, errorCode));
    this.#forget(stream);
  }

  #end(stream: Stream, outcome: ReadonlyMap<string, string> | GrpcError): void {
    const isCut = stream.body !== undefined && stream.body.left > 0;
    if (isCut && !(outcome instanceof GrpcError)) this.#reset(stream, ERROR_CODE.CANCEL);
    else this.#forget(stream);
    if (outcome instanceof GrpcError) stream.exchange.failed(outcome);
    else this.#tell(stream, () => stream.exchange.ended(outcome));
  }

  #forget(stream: Stream): void {
    if (stream.body) this.#queue.remove(stream.body);
    this.#open.delete(stream.id);
    this.#openWaiting();
    if (this.#isRetired && !this.isBusy) this.#events.drained();
  }

  #refill(streamId: number, bytes: number): void {
    if (bytes > 0) this.#queue.send(windowUpdateFrame(streamId, bytes));
  }

  /** @throws ProtocolError where the peer makes us keep too much */
  #answer(bytes: Buffer): void {
    this.#queue.send(bytes);
    if (this.#queue.urgentFrames <= MAX_URGENT_FRAMES) return;
    throw new ProtocolError(ERROR_CODE.ENHANCE_YOUR_CALM, 'more questions than it reads answers');
  }
}

function misordered(what: string): GrpcError {
  return new GrpcError(STATUS.INTERNAL, `the server sent ${what}`);
}
