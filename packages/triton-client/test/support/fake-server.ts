import { once, on, EventEmitter } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createTritonClient, type TritonClient } from '../../src/index.ts';

const PROTO = fileURLToPath(new URL('../../proto/inference.proto', import.meta.url));
const { 'inference.GRPCInferenceService': service } = loadSync(PROTO, { longs: String });
const METHODS = service as unknown as Record<string, MethodDefinition<object, object>>;
/** gRPC's frame: not compressed, length. */
const FRAME_HEAD_BYTES = 5;

/** A call as it reached the server; it stays open until the test answers it. */
interface FakeCall {
  /** Such as `ModelInfer`. */
  readonly method: string;
  /** The message, with 64-bit integers as strings and without what was not set. */
  readonly request: object;
  readonly headers: IncomingHttpHeaders;
  readonly stream: ServerHttp2Stream;
  readonly answer: (response: object) => void;
  /** Answers with this as the encoded message. */
  readonly answerBytes: (message: Uint8Array) => void;
  readonly fail: (code: number, message: string) => void;
  /** The same with these very octets as the message. */
  readonly failRaw: (code: number, message: string) => void;
}

/** A gRPC server on loopback that leaves every answer to the test, and a client of it. */
export interface FakeServer extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  readonly client: TritonClient;
  readonly sessions: readonly ServerHttp2Session[];
  /** The next call that arrives, or has arrived and was not asked for yet. */
  nextCall(): Promise<FakeCall>;
}

/** Starts one, on a free port of 127.0.0.1 unless told otherwise. */
export async function startFakeServer(
  settings: Settings = {},
  { host = '127.0.0.1', port = 0 } = {},
): Promise<FakeServer> {
  const server = createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  const arrivals = new EventEmitter();
  const calls = on(arrivals, 'call')[Symbol.asyncIterator]();
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    // A client that cancels resets the stream, which is an error here.
    stream.on('error', () => undefined);
    receive(stream, headers).then(
      (call) => arrivals.emit('call', call),
      // A call that is cancelled before all of it is here does not arrive.
      () => undefined,
    );
  });
  await once(server.listen(port, host), 'listening');
  const address = `${host}:${(server.address() as AddressInfo).port}`;
  const client = createTritonClient(address);
  return {
    address,
    client,
    sessions,
    nextCall: async () => ((await calls.next()).value as [FakeCall])[0],
    async [Symbol.asyncDispose]() {
      client.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<FakeCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { ':path': path = '' } = headers;
  const method = path.slice(path.lastIndexOf('/') + 1);
  const definition = METHODS[method];
  if (!definition) throw new Error(`the proto has no method ${method}`);
  const answerBytes = (message: Uint8Array): void =>
    respond(stream, frame(message), { 'grpc-status': '0' });
  const failRaw = (code: number, message: string): void =>
    respond(stream, undefined, { 'grpc-status': String(code), 'grpc-message': message });
  return {
    method,
    request: definition.requestDeserialize(Buffer.concat(chunks).subarray(FRAME_HEAD_BYTES)),
    headers,
    stream,
    answer: (response) => answerBytes(definition.responseSerialize(response)),
    answerBytes,
    fail: (code, message) => failRaw(code, encodeURI(message)),
    failRaw,
  };
}

function respond(
  stream: ServerHttp2Stream,
  body: Uint8Array | undefined,
  trailers: Record<string, string>,
): void {
  stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}
