import { type GrpcError, STATUS } from './grpc-status.ts';

/**
 * What went wrong, by what a caller can do about it.
 *
 * - `invalid-argument`: the request does not fit the model. Never worth a retry.
 * - `not-found`: Triton does not know this model or version. A matter of deployment.
 * - `unavailable`: no server, a broken connection, or Triton starts, stops, loads or has unloaded the model. Retry with
 *   back-off.
 * - `queue-full`: the model's queue is full. Retry with back-off, and send less.
 * - `restricted`: Triton, or what is before it, wants a header we do not send. A matter of configuration; a retry cannot
 *   help.
 * - `stub-dead`: the model's Python process is gone and does not come back before the model is unloaded and
 *   loaded.
 * - `failed`: the model failed: for a Python model, any request of the batch may be the reason. Retry alone, few times.
 * - `deadline-exceeded`: `deadlineMs` is over; Triton may still be at work.
 * - `cancelled`: this client was closed, or Triton dropped the request.
 */
export type TritonErrorKind =
  | 'invalid-argument'
  | 'not-found'
  | 'unavailable'
  | 'queue-full'
  | 'restricted'
  | 'stub-dead'
  | 'failed'
  | 'deadline-exceeded'
  | 'cancelled';

/** Every failure of a call but an abort by its own signal, which rejects with the signal's reason. */
export class TritonError extends Error {
  override readonly name = 'TritonError';
  readonly kind: TritonErrorKind;

  constructor(kind: TritonErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** gRPC code → kind, where the message does not say more; `failed` for all others. Triton sends only the first six. */
const KINDS: Readonly<Record<number, TritonErrorKind>> = {
  [STATUS.INVALID_ARGUMENT]: 'invalid-argument',
  [STATUS.NOT_FOUND]: 'not-found',
  [STATUS.UNAVAILABLE]: 'unavailable',
  [STATUS.UNIMPLEMENTED]: 'invalid-argument',
  [STATUS.ALREADY_EXISTS]: 'invalid-argument',
  [STATUS.CANCELLED]: 'cancelled',
  [STATUS.DEADLINE_EXCEEDED]: 'deadline-exceeded',
  [STATUS.RESOURCE_EXHAUSTED]: 'queue-full',
  [STATUS.UNAUTHENTICATED]: 'restricted',
  [STATUS.PERMISSION_DENIED]: 'restricted',
};

/** Messages that say something else than their code; from their start, as the text of a model's error may hold them. */
const MESSAGES: readonly (readonly [number, RegExp, TritonErrorKind])[] = [
  [STATUS.UNAVAILABLE, /^This protocol is restricted/, 'restricted'],
  [STATUS.UNAVAILABLE, /^Exceeds maximum queue size/, 'queue-full'],
  [STATUS.INTERNAL, /^Stub process '.*' is not healthy/, 'stub-dead'],
  // Unloaded, or its server stops; a model that was never loaded "is not found".
  [STATUS.NOT_FOUND, /^Request for unknown model: '.*' has no available versions/, 'unavailable'],
  // Of a load that the model itself refuses; others say INTERNAL.
  [STATUS.INVALID_ARGUMENT, /^load failed for model '/, 'failed'],
  // Our own words, when Triton ends the stream of a call without a status.
  [STATUS.INTERNAL, /^Received RST_STREAM/, 'unavailable'],
];

const REQUEST_ID = /^\[request id: .*?\] /;

/** Classifies a gRPC status, by code and message first, then by its code alone. */
export function classify(code: number, message: string): TritonErrorKind {
  const text = message.replace(REQUEST_ID, '');
  const byMessage = MESSAGES.find(([of, pattern]) => of === code && pattern.test(text));
  return byMessage?.[2] ?? KINDS[code] ?? 'failed';
}

/** The failure of a call, with its gRPC status as the cause. */
export function toTritonError(error: GrpcError): TritonError {
  const kind = classify(error.code, error.details);
  return new TritonError(kind, error.details || error.message, { cause: error });
}
