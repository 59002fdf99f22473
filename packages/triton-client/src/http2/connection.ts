import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { type GrpcError, unavailable } from '../grpc-status.ts';
import type { Exchange } from './exchange.ts';
import { FrameReader, MAX_FRAME_BYTES } from './frame-reader.ts';
import {
  DEFAULT_WINDOW_BYTES,
  ERROR_CODE,
  FRAME,
  frame,
  goAwayFrame,
  PREFACE,
  ProtocolError,
  SETTING,
  settingsFrame,
  windowUpdateFrame,
} from './frames.ts';
import { IncomingFrames } from './incoming-frames.ts';
import { Keepalive } from './keepalive.ts';
import { WINDOW_BYTES } from './receive-window.ts';
import { SendQueue } from './send-queue.ts';
import { Streams, type StreamsEvents } from './streams.ts';

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** The peer speaks HTTP/2. */
  ready(): void;
  /** It takes no more exchanges, for this reason; those that run may go on. Called once. */
  retired(reason: GrpcError): void;
  /** Nothing of it is left. Called once, after `retired`. */
  closed(): void;
}

/** The time that gRPC gives a connection: https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md. */
const CONNECT_LIMIT_MS = 20_000;
/** The one buffer of all that a connection receives. */
const CHUNK_BYTES = 256 * 1024;
/** What is received before the event loop has its turn: libuv would go on for 32 chunks, and whoever gets them is at work. */
const TURN_BYTES = 1024 * 1024;

const GREETING = Buffer.concat([
  Buffer.from(PREFACE),
  settingsFrame([
    [SETTING.HEADER_TABLE_SIZE, 0],
    [SETTING.ENABLE_PUSH, 0],
    [SETTING.INITIAL_WINDOW_SIZE, WINDOW_BYTES],
    [SETTING.MAX_FRAME_SIZE, MAX_FRAME_BYTES],
  ]),
  windowUpdateFrame(0, WINDOW_BYTES - DEFAULT_WINDOW_BYTES),
]);

/** An HTTP/2 connection of a client, without TLS and with prior knowledge: RFC 9113. It starts to connect at once. */
export class Connection {
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #streams: Streams;
  readonly #reader: FrameReader;
  readonly #keepalive: Keepalive;
  readonly #connectTimer: NodeJS.Timeout;
  #isClosed = false;
  #turnBytes = 0;

  constructor(target: TcpSocketConnectOpts, events: ConnectionEvents, firstStreamId = 1) {
    this.#events = events;
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const callback = (length: number): boolean => this.#receive(buffer.subarray(0, length));
    this.#socket = connect({ ...target, noDelay: true, onread: { buffer, callback } });
    const queue = new SendQueue(this.#socket);
    this.#streams = new Streams(queue, this.#streamsEvents(), firstStreamId);
    this.#reader = new FrameReader(new IncomingFrames(this.#streams));
    this.#keepalive = new Keepalive({
      isBusy: () => this.isBusy,
      ping: () => queue.send(frame({ type: FRAME.PING, flags: 0, streamId: 0 }, Buffer.alloc(8))),
      lost: () => this.#end(unavailable('the server does not answer a ping')),
    });
    this.#connectTimer = setTimeout(
      () => this.#end(unavailable('no answer to the connection')),
      CONNECT_LIMIT_MS,
    ).unref();
    // Calls have timers of their own that keep the process alive.
    this.#socket.unref();
    this.#socket.on('connect', () => queue.send(GREETING));
    this.#socket.on('error', (error) => this.#end(unavailable(wordsOf(error))));
    this.#socket.on('close', () => this.#end(unavailable('the connection has ended')));
  }

  /** Exchanges run. */
  get isBusy(): boolean {
    return this.#streams.isBusy;
  }

  /** Begins an exchange as soon as it may, which a retired connection must not be asked; returns what cancels it. */
  request(exchange: Exchange): () => void {
    this.#keepalive.watch();
    return this.#streams.add(exchange);
  }

  /** Ends it at once, and with it what runs. */
  close(): void {
    this.#end(unavailable('the connection was closed'));
  }

  #streamsEvents(): StreamsEvents {
    return {
      ready: () => {
        clearTimeout(this.#connectTimer);
        this.#events.ready();
      },
      retired: (reason) => this.#events.retired(reason),
      drained: () => this.close(),
    };
  }

  #receive(chunk: Buffer): boolean {
    this.#keepalive.heard();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(unavailable(`the server breaks HTTP/2: ${error.message}`), error.errorCode);
    }
    this.#turnBytes += chunk.length;
    if (this.#turnBytes < TURN_BYTES) return true;
    this.#turnBytes = 0;
    setImmediate(() => this.#socket.resume());
    return false;
  }

  #end(reason: GrpcError, errorCode: number = ERROR_CODE.NO_ERROR): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connectTimer);
    this.#keepalive.stop();
    // Not waited for: a server that does not read must not keep us.
    if (this.#socket.readyState === 'open') this.#socket.write(goAwayFrame(errorCode));
    this.#socket.destroy();
    this.#streams.fail(reason);
    this.#events.closed();
  }
}

/** Where a name has several addresses, the words are in the errors of each. */
function wordsOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map(({ message }: Error) => message).join('; ');
}
