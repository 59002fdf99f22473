import { randomUUID } from 'node:crypto';
import type { NewObject } from './bucket-store.ts';
import { invalid, notFound, StorageError } from './errors.ts';
import type { Preconditions } from './preconditions.ts';
import type { StorageReply } from './request.ts';

const CHUNK_BYTES = 262_144;

/** A `Content-Range` of an upload: bytes of the object, or a question about how far it has come. */
export type UploadRange =
  | { readonly kind: 'status'; readonly totalBytes: number | undefined }
  | {
      readonly kind: 'bytes';
      readonly firstByte: number;
      /** Undefined: up to the end of the request's body. */
      readonly lastByte: number | undefined;
      /** Undefined: not known yet. */
      readonly totalBytes: number | undefined;
    };

/** What is known of an object when its resumable upload starts. */
export interface PendingUpload extends Omit<NewObject, 'bytes'> {
  /** Evaluated when the last byte is there, not at the start. */
  readonly conditions: Preconditions;
}

/** A resumable upload under way, or done. */
export interface UploadSession {
  readonly id: string;
  readonly upload: PendingUpload;
  chunks: Buffer[];
  receivedBytes: number;
  /** How the request that completed it was answered, and all later ones are. */
  answer: StorageReply | undefined;
}

/** Parses `bytes 0-99/200`, `bytes 0-99/*`, `bytes 0-*` + `/*`, `bytes *` + `/200`; none means one request for all. */
export function parseUploadRange(header: string | undefined): UploadRange {
  if (header === undefined) {
    return { kind: 'bytes', firstByte: 0, lastByte: undefined, totalBytes: undefined };
  }
  const match = /^bytes (?:\*|(\d{1,15})-(\*|\d{1,15}))\/(\*|\d{1,15})$/.exec(header);
  if (match === null) throw invalid(`Failed to parse Content-Range header ${header}`);
  const [, first, last, total] = match;
  const totalBytes = byteCount(total);
  if (first === undefined) return { kind: 'status', totalBytes };
  return { kind: 'bytes', firstByte: Number(first), lastByte: byteCount(last), totalBytes };
}

function byteCount(text: string | undefined): number | undefined {
  return text === undefined || text === '*' ? undefined : Number(text);
}

/** Resumable uploads by upload id, in memory. Holds the bytes of unfinished ones; none expires. */
export class UploadSessions {
  readonly #sessions = new Map<string, UploadSession>();

  start(upload: PendingUpload): UploadSession {
    const session: UploadSession = {
      id: randomUUID(),
      upload,
      chunks: [],
      receivedBytes: 0,
      answer: undefined,
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Throws a 404 for an upload that was never started, was cancelled, or was refused at its end. */
  get(id: string): UploadSession {
    const session = this.#sessions.get(id);
    if (session === undefined) throw notFound(`upload ${id}`);
    return session;
  }

  /** Forgets an upload and its bytes. */
  delete(id: string): void {
    this.#sessions.delete(id);
  }
}

/**
 * Adds the bytes of one request to a session and tells whether the object is now whole. Bytes that are there already are
 * passed over; of a chunk that is not the last one only multiples of 256 KiB are kept, as Cloud Storage does. Throws a
 * 503 where bytes before the range are missing and a 400 where the body is not what the range says.
 */
export function receive(session: UploadSession, range: UploadRange, body: Buffer): boolean {
  if (range.kind === 'status') {
    if (body.length > 0) throw invalid('A status query must not have a body');
    return range.totalBytes === session.receivedBytes;
  }
  checkRange(session, range, body);
  const endByte = range.firstByte + body.length;
  const isLast =
    range.totalBytes === undefined ? range.lastByte === undefined : endByte === range.totalBytes;
  const fresh = body.subarray(session.receivedBytes - range.firstByte);
  const kept = isLast ? fresh : fresh.subarray(0, fresh.length - (fresh.length % CHUNK_BYTES));
  session.chunks.push(kept);
  session.receivedBytes += kept.length;
  return isLast && session.receivedBytes === endByte;
}

function checkRange(
  session: UploadSession,
  range: Extract<UploadRange, { kind: 'bytes' }>,
  body: Buffer,
): void {
  const { firstByte, lastByte, totalBytes } = range;
  if (firstByte > session.receivedBytes) {
    throw new StorageError(
      503,
      'backendError',
      `The upload is at byte ${session.receivedBytes}, Content-Range starts at ${firstByte}: query the status and go on from there`,
    );
  }
  const endByte = firstByte + body.length;
  const lengthIsWrong = lastByte !== undefined && endByte !== lastByte + 1;
  if (lengthIsWrong || (totalBytes !== undefined && endByte > totalBytes)) {
    throw invalid(`The body has ${body.length} bytes, which is not what Content-Range says`);
  }
}
