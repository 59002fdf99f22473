import type { IncomingMessage, ServerResponse } from 'node:http';
import { FaultList } from '../fault-list.ts';
import { StorageError } from './errors.ts';
import { errorReply, type StorageReply } from './request.ts';

/** Kinds of requests that faults can strike: writing bytes, reading bytes, reading an object's metadata, and the rest. */
export type StorageTarget = 'upload' | 'download' | 'metadata' | 'other';

/** What a fault does to a request. */
export type StorageEffect =
  /** It is answered with this status, e.g. 429 or 503, and not done. */
  | { readonly kind: 'status'; readonly status: number }
  /** Its connection is reset, and it is not done. */
  | { readonly kind: 'reset' }
  /** It is never answered, and not done. */
  | { readonly kind: 'stall' }
  /** It is done, but its connection is reset instead of an answer. */
  | { readonly kind: 'lose-response' }
  /** Half of the answer's body comes, then its connection is reset. */
  | { readonly kind: 'truncate' }
  /** One byte in the middle of the answer's body is wrong; its checksum is that of the right ones. */
  | { readonly kind: 'corrupt' };

/** The faults of a Cloud Storage server. */
export class StorageFaults extends FaultList<StorageTarget, StorageEffect> {}

/** Which kind a request is of. */
export function targetOf({ method, url = '' }: IncomingMessage): StorageTarget {
  if (url.startsWith('/upload/')) return 'upload';
  if (method !== 'GET' || !/\/b\/[^/?]+\/o\/[^/?]+/.test(url)) return 'other';
  return /[?&]alt=media/.test(url) ? 'download' : 'metadata';
}

/** True where the effect lets the request be done. */
export function isDone(effect: StorageEffect | undefined): boolean {
  return effect === undefined || !['status', 'reset', 'stall'].includes(effect.kind);
}

/** The answer to a request that a fault kept from being done; undefined where there is none. */
export function refusal(effect: StorageEffect | undefined): StorageReply | undefined {
  if (effect?.kind !== 'status') return undefined;
  const reason = effect.status === 429 ? 'rateLimitExceeded' : 'backendError';
  return errorReply(new StorageError(effect.status, reason, 'A fault of the local Cloud Storage'));
}

/** Sends an answer, or what a fault leaves of it. */
export function sendWith(
  effect: StorageEffect | undefined,
  response: ServerResponse,
  reply: StorageReply | undefined,
): void {
  if (effect?.kind === 'stall') return;
  if (reply === undefined || effect?.kind === 'lose-response') {
    response.socket?.resetAndDestroy();
    return;
  }
  response.statusCode = reply.status;
  response.setHeaders(new Map(Object.entries(reply.headers)));
  sendBody(effect, response, typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body);
}

function sendBody(effect: StorageEffect | undefined, response: ServerResponse, body: Buffer): void {
  // `end` sets the length of a body itself, but not of one that HEAD leaves out.
  if (body.length > 0) response.setHeader('Content-Length', body.length);
  if (effect?.kind === 'truncate') {
    response.write(body.subarray(0, body.length >> 1), () => response.socket?.resetAndDestroy());
  } else response.end(effect?.kind === 'corrupt' ? corrupted(body) : body);
}

function corrupted(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  if (copy.length > 0) copy.writeUInt8(copy[middle]! ^ 0xff, middle);
  return copy;
}
