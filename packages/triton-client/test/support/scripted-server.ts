import { EventEmitter, on, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createTritonClient, type TritonClient } from '../../src/index.ts';
import { FrameReader } from '../../src/http2/frame-reader.ts';
import {
  FLAG,
  FRAME,
  frame,
  type FrameHead,
  PREFACE,
  settingsFrame,
} from '../../src/http2/frames.ts';
import { encodeHeaders } from '../../src/http2/hpack.ts';

/** A frame of the client. */
interface Received extends FrameHead {
  readonly payload: Buffer;
}

/** A connection whose server side the test plays, byte by byte. */
interface Peer {
  readonly socket: Socket;
  send(...bytes: readonly Uint8Array[]): void;
  /** The next frame that arrives of this type, without those of other types before it. */
  next(type: number): Promise<Received>;
  /** The stream of the next call, whose request has come in whole. */
  nextCall(): Promise<number>;
}

/** An HTTP/2 server that says only what the test says, and a client of it. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly client: TritonClient;
  /** The next connection, before anything was sent on it. */
  accept(): Promise<Peer>;
  /** The same, after an empty SETTINGS frame. */
  greet(): Promise<Peer>;
}

/** Starts one. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const server = createServer();
  const sockets: Socket[] = [];
  const connections = on(server, 'connection')[Symbol.asyncIterator]();
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createTritonClient(`127.0.0.1:${port}`);
  const accept = async (): Promise<Peer> =>
    peerOf(((await connections.next()).value as [Socket])[0]);
  return {
    port,
    client,
    accept,
    async greet() {
      const peer = await accept();
      peer.send(settingsFrame([]));
      return peer;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function peerOf(socket: Socket): Peer {
  const arrivals = new EventEmitter();
  const frames = on(arrivals, 'frame')[Symbol.asyncIterator]();
  let payload: Buffer[] = [];
  const emit = (head: FrameHead, bytes: Buffer): boolean =>
    arrivals.emit('frame', { ...head, payload: Buffer.from(bytes) });
  const reader = new FrameReader({
    frame: emit,
    dataBegins: () => void (payload = []),
    data: (_, { chunk, from, to }) => payload.push(Buffer.from(chunk.subarray(from, to))),
    dataEnds: (head) => emit(head, Buffer.concat(payload)),
  });
  let prefaceBytes = PREFACE.length;
  socket.on('data', (chunk) => {
    reader.read(chunk.subarray(prefaceBytes));
    prefaceBytes = Math.max(0, prefaceBytes - chunk.length);
  });
  const next = async (isWanted: (received: Received) => boolean): Promise<Received> => {
    for (;;) {
      const [received] = (await frames.next()).value as [Received];
      if (isWanted(received)) return received;
    }
  };
  const isEnd = ({ type, flags }: Received): boolean =>
    type === FRAME.DATA && (flags & FLAG.END_STREAM) !== 0;
  return {
    socket,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    next: async (type) => next((received) => received.type === type),
    nextCall: async () => (await next(isEnd)).streamId,
  };
}

/** A HEADERS frame; with END_STREAM where these are trailers. */
export function headersFrame(
  streamId: number,
  headers: Readonly<Record<string, string>>,
  flags: number = FLAG.END_HEADERS,
): Buffer {
  return frame({ type: FRAME.HEADERS, flags, streamId }, encodeHeaders(Object.entries(headers)));
}

/** A DATA frame. */
export function dataFrame(streamId: number, payload: Uint8Array, flags = 0): Buffer {
  return frame({ type: FRAME.DATA, flags, streamId }, Buffer.from(payload));
}

/** A message of gRPC: not compressed, its length, its bytes. */
export function grpcMessage(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const OK_HEADERS = { ':status': '200', 'content-type': 'application/grpc' };

/** How a well-behaved server begins an answer. */
export function beginAnswer(streamId: number): Buffer {
  return headersFrame(streamId, OK_HEADERS);
}

/** How it ends one. */
export function endAnswer(streamId: number, trailers: Record<string, string> = {}): Buffer {
  const all = { 'grpc-status': '0', ...trailers };
  return headersFrame(streamId, all, FLAG.END_HEADERS | FLAG.END_STREAM);
}

/** All of an answer; by itself that the server is live. */
export function answer(streamId: number, bytes: Uint8Array = LIVE): Buffer {
  const data = dataFrame(streamId, grpcMessage(bytes));
  return Buffer.concat([beginAnswer(streamId), data, endAnswer(streamId)]);
}

/** ServerLiveResponse { live: true } */
export const LIVE: Buffer = Buffer.of(0x08, 0x01);
