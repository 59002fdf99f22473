import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BucketStore } from './bucket-store.ts';
import { StorageError } from './errors.ts';
import {
  isDone,
  refusal,
  sendWith,
  type StorageEffect,
  StorageFaults,
  targetOf,
} from './faults.ts';
import { errorReply, readMessage, type StorageReply } from './request.ts';
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
  /** Keep a journal of every request, which grows without end. Default: false. */
  readonly journal?: boolean;
}

/** One request that the server has answered. */
export interface StorageJournalEntry {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  /** What the server did; undefined: a fault kept it from being done. Its caller may have seen something else. */
  readonly status: number | undefined;
  readonly fault: StorageEffect['kind'] | undefined;
}

interface ServerParts {
  readonly state: StorageState;
  readonly faults: StorageFaults;
  readonly journal: StorageJournalEntry[] | undefined;
}

/** A running Cloud Storage. */
export interface StorageServer {
  /** `http://host:port`, for `apiEndpoint` or `STORAGE_EMULATOR_HOST`. */
  readonly url: string;
  /** What goes wrong, for tests. */
  readonly faults: StorageFaults;
  /** Every request in the order of its answer; empty unless it was asked for. */
  readonly journal: readonly StorageJournalEntry[];
  /** Closes all connections, also those in use, and forgets everything. May be called again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an empty Cloud Storage in this process. Rejects if the port cannot be bound. */
export async function startStorage(options: StorageOptions = {}): Promise<StorageServer> {
  const { host = '127.0.0.1', port = 0, maxObjectBytes = 256 * 1024 * 1024 } = options;
  const state = { store: new BucketStore(), sessions: new UploadSessions(), maxObjectBytes };
  const [faults, journal] = [new StorageFaults(), new Array<StorageJournalEntry>()];
  const parts = { state, faults, journal: options.journal ? journal : undefined };
  const server = createServer((message, response) => {
    void serve(parts, message, response);
  });
  // Ten minutes instead of five seconds: a client must not meet a connection that is being closed for idleness.
  server.keepAliveTimeout = 600_000;
  server.listen(port, host);
  await once(server, 'listening');
  const stop = (): Promise<void> => close(server);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    faults,
    journal,
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
  { state, faults, journal }: ServerParts,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const effect = faults.strike(targetOf(message));
  if (!isDone(effect)) message.resume();
  const reply = isDone(effect) ? await answer(state, message) : refusal(effect);
  const { method = '', url = '' } = message;
  const status = isDone(effect) ? reply?.status : undefined;
  journal?.push({ atMs: Date.now(), method, url, status, fault: effect?.kind });
  sendWith(effect, response, reply);
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
    return errorReply(
      error instanceof StorageError
        ? error
        : new StorageError(500, 'internalError', `Internal error: ${String(error)}`),
    );
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
