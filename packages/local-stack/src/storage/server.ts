import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BucketStore } from './bucket-store.ts';
import { errorBody, StorageError } from './errors.ts';
import { jsonReply, readMessage, type StorageReply } from './request.ts';
import { UploadSessions } from './resumable.ts';
import { findRoute } from './routes.ts';
import type { StorageState } from './state.ts';

/** Where to listen and how much to take. */
export interface StorageOptions {
  /** Interface to bind. Default: 127.0.0.1, because there is no authentication. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Largest object, in bytes; larger uploads get a 413. Objects live in memory. Default: 256 MiB. */
  readonly maxObjectBytes?: number;
}

/** A running Cloud Storage. */
export interface StorageServer {
  /** `http://host:port`, for `apiEndpoint` or `STORAGE_EMULATOR_HOST`. */
  readonly url: string;
  /** Closes all connections, also those in use, and forgets everything. May be called again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an empty Cloud Storage in this process. Rejects if the port cannot be bound. */
export async function startStorage(options: StorageOptions = {}): Promise<StorageServer> {
  const { host = '127.0.0.1', port = 0, maxObjectBytes = 256 * 1024 * 1024 } = options;
  const state = { store: new BucketStore(), sessions: new UploadSessions(), maxObjectBytes };
  const server = createServer((message, response) => {
    void serve(state, message, response);
  });
  // Ten minutes instead of five seconds: a client must not meet a connection that is being closed for idleness.
  server.keepAliveTimeout = 600_000;
  server.listen(port, host);
  await once(server, 'listening');
  const stop = (): Promise<void> => close(server);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

// Every request passes here.
async function serve(
  state: StorageState,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  send(response, await answer(state, message));
}

async function answer(state: StorageState, message: IncomingMessage): Promise<StorageReply> {
  const { method = '', url = '', headers } = message;
  const [path, search] = splitOnce(url, '?');
  try {
    const { handle, params } = findRoute(method, path);
    return await handle(state, {
      params,
      query: new URLSearchParams(search),
      headers,
      origin: `http://${headers.host}`,
      readBody: (maxBytes) => readMessage(message, maxBytes),
    });
  } catch (error) {
    return errorReply(error);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function errorReply(error: unknown): StorageReply {
  if (!(error instanceof StorageError)) {
    return errorReply(new StorageError(500, 'internalError', `Internal error: ${String(error)}`));
  }
  return { ...jsonReply({}, error.status), body: errorBody(error) };
}

// `end` sets the length of a body itself, but not of one that HEAD leaves out.
function send(response: ServerResponse, reply: StorageReply): void {
  response.statusCode = reply.status;
  response.setHeaders(new Map(Object.entries(reply.headers)));
  if (reply.body.length > 0) response.setHeader('Content-Length', Buffer.byteLength(reply.body));
  response.end(reply.body);
}
