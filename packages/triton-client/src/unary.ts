import { BufferPool } from './buffer-pool.ts';
import { Endpoints } from './endpoints.ts';
import { GrpcError, httpError, STATUS } from './grpc-status.ts';
import { encodeHeaders } from './http2/hpack.ts';
import { MessageReader, PREFIX_BYTES } from './message-reader.ts';
import { toTritonError, TritonError } from './triton-error.ts';

/** Limits of one call. */
export interface CallOptions {
  /** Milliseconds until the call fails with `deadline-exceeded`, connecting included; 24 days at most. */
  readonly deadlineMs: number;
  /** Aborts the call at once; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** An encoded answer. Disposing of it takes its bytes away, and those of all views of them. */
export interface Message extends Disposable {
  readonly bytes: Buffer;
}

/** One unary call: the parts are the encoded request, and are not copied. @throws TritonError */
export type UnaryCall = (
  path: string,
  parts: readonly Uint8Array[],
  options: CallOptions,
) => Promise<Message>;

/** A timer of Node.js goes no further. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;
/** Memory of answers that is kept for the next ones: 16 tiles of 1024 x 1024 pixels. */
const POOL_BYTES = 64 * 1024 * 1024;

/** Opens a gRPC client of the servers at one address; nothing is sent before the first call. @throws Error for an address that is none */
export function openUnary(address: string): { call: UnaryCall; close: () => void } {
  const endpoints = new Endpoints(address);
  const pool = new BufferPool(POOL_BYTES);
  const call: UnaryCall = async (path, parts, { deadlineMs, signal }) => {
    signal?.throwIfAborted();
    if (endpoints.isClosed) throw closedError();
    const limitMs = checkedDeadline(deadlineMs);
    const body = framed(parts);
    const reader = new MessageReader(pool);
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const cancel = endpoints.request({
      encodeHeaders: headersOf(path, endpoints.authority, performance.now() + limitMs),
      body,
      headers: expectOk,
      data: (piece) => reader.read(piece),
      ended(trailers) {
        checkStatus(trailers);
        resolve(messageOf(reader.end(), pool));
      },
      failed(error) {
        reader.discard();
        reject(endpoints.isClosed ? closedError() : toTritonError(error));
      },
    });
    const stop = (reason: unknown): void => {
      cancel();
      reader.discard();
      reject(reason);
    };
    const timer = setTimeout(() => stop(deadlineError()), limitMs);
    const abort = (): void => stop(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  };
  return { call, close: () => endpoints.close() };
}

function checkedDeadline(deadlineMs: number): number {
  if (Number.isNaN(deadlineMs)) {
    throw new TritonError('invalid-argument', 'deadlineMs is not a number');
  }
  if (deadlineMs <= 0) throw deadlineError();
  return Math.min(deadlineMs, LONGEST_DEADLINE_MS);
}

function messageOf(bytes: Buffer, pool: BufferPool): Message {
  return { bytes, [Symbol.dispose]: () => pool.give(bytes) };
}

/** The request as gRPC frames it: not compressed, its length, and its own bytes. */
function framed(parts: readonly Uint8Array[]): Buffer[] {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(
    parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    1,
  );
  const views = parts.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return [prefix, ...views];
}

/** The headers of a call, with the time that it has left when it begins. */
function headersOf(path: string, authority: string, endsAtMs: number): () => Buffer {
  return () =>
    encodeHeaders([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', authority],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['grpc-timeout', timeoutOf(endsAtMs - performance.now())],
    ]);
}

/** At most eight digits. */
function timeoutOf(ms: number): string {
  const wholeMs = Math.max(1, Math.ceil(ms));
  return wholeMs < 1e8 ? `${wholeMs}m` : `${Math.ceil(wholeMs / 1000)}S`;
}

function expectOk(headers: ReadonlyMap<string, string>): void {
  if (headers.get(':status') !== '200') throw httpError(headers.get(':status'));
}

/** @throws GrpcError for any status but OK */
function checkStatus(trailers: ReadonlyMap<string, string>): void {
  const status = trailers.get('grpc-status');
  // An answer without a body has all its headers here.
  if (status === undefined && trailers.has(':status')) expectOk(trailers);
  const isStatus = /^\d+$/.test(status ?? '');
  if (!isStatus) throw new GrpcError(STATUS.INTERNAL, 'the server sent no status');
  if (Number(status) === STATUS.OK) return;
  throw new GrpcError(Number(status), decodeDetails(trailers.get('grpc-message') ?? ''));
}

function decodeDetails(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function deadlineError(): TritonError {
  return toTritonError(new GrpcError(STATUS.DEADLINE_EXCEEDED, 'Deadline exceeded'));
}

function closedError(): TritonError {
  return new TritonError('cancelled', 'the client is closed');
}
