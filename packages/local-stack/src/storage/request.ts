import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { errorBody, invalid, type StorageError, tooLarge } from './errors.ts';
import type { JsonObject } from './object-fields.ts';

/** Largest JSON body read, in bytes. Cloud Storage allows 8 KiB of custom metadata per object. */
export const MAX_JSON_BYTES = 65_536;

/** What stood in the path, percent-decoded; empty where the route has no such part. */
export interface RouteParams {
  readonly bucket: string;
  readonly object: string;
  readonly toBucket: string;
  readonly toObject: string;
}

/** One request as the routes see it. */
export interface StorageRequest {
  readonly params: RouteParams;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `http://host:port` as the client knows this server; links in answers start with it. */
  readonly origin: string;
  /** Reads the whole body; throws a 413 beyond `maxBytes`. */
  readonly readBody: (maxBytes: number) => Promise<Buffer>;
}

/** One answer. The body is sent as it is, with its length; `body` must not be written to afterwards. */
export interface StorageReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** An answer with a JSON body. */
export function jsonReply(body: object, status = 200): StorageReply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(body),
  };
}

/** The answer to a request that was refused. */
export function errorReply(error: StorageError): StorageReply {
  return { ...jsonReply({}, error.status), body: errorBody(error) };
}

/** An answer without a body. */
export function emptyReply(status: number, headers: StorageReply['headers'] = {}): StorageReply {
  return { status, headers, body: '' };
}

/** Reads a JSON object from the body; an empty body counts as `{}`. Throws a 400 for anything else. */
export async function readJson(request: StorageRequest): Promise<JsonObject> {
  return parseJsonObject(await request.readBody(MAX_JSON_BYTES));
}

/** Parses a JSON object; no bytes count as `{}`. Throws a 400 for anything else. */
export function parseJsonObject(bytes: Buffer): JsonObject {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    throw invalid('Parse error: the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('Parse error: the body is not a JSON object');
  }
  return value as JsonObject;
}

/**
 * Reads a message's body into memory, at most `maxBytes` of it. A longer one is still received to its end, so that the
 * client gets to read the 413 instead of a broken connection.
 */
export async function readMessage(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declaredBytes = Number(message.headers['content-length'] ?? 0);
  if (declaredBytes > maxBytes) throw tooLarge(declaredBytes, maxBytes);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBytes) chunks.push(chunk);
  }
  if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes);
  return Buffer.concat(chunks);
}
