import type { GrpcError } from '../grpc-status.ts';

/** A part of what is read: bytes `from` to `to` of a buffer that is used again after the call. */
export interface Piece {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
}

/**
 * One request and its answer, as their owner sees them. In the end `failed` is called once, or `ended` without an error.
 * A GrpcError that `headers`, `data` or `ended` throws is what the exchange fails with.
 */
export interface Exchange {
  /** The encoded header block; asked for when the stream opens. */
  encodeHeaders(): Buffer;
  /** At least one byte in all. Not copied. */
  readonly body: readonly Buffer[];
  /** The answer begins. Left out where its first headers are its last. */
  headers(headers: ReadonlyMap<string, string>): void;
  data(piece: Piece): void;
  /** The answer is complete; with its trailers, if it has any. */
  ended(trailers: ReadonlyMap<string, string>): void;
  failed(error: GrpcError): void;
}
