import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { classify, type TritonErrorKind } from '../src/triton-error.ts';

const { INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, UNIMPLEMENTED, INTERNAL } = status;

/** Codes and messages of Triton, but the last two: these are grpc-js's own. */
const ANSWERS: readonly (readonly [TritonErrorKind, status, string])[] = [
  ['invalid-argument', INVALID_ARGUMENT, "unexpected inference input 'ANY' for model 'echo'"],
  [
    'invalid-argument',
    INVALID_ARGUMENT,
    "[request id: <id_unknown>] inference request batch-size must be <= 8 for 'echo'",
  ],
  [
    'invalid-argument',
    UNIMPLEMENTED,
    "ModelInfer RPC doesn't support models with decoupled transaction policy",
  ],
  ['not-found', NOT_FOUND, "Request for unknown model: 'm' is not found"],
  ['not-found', NOT_FOUND, "Request for unknown model: 'm' version 9 is not found"],
  ['unavailable', NOT_FOUND, "Request for unknown model: 'm' has no available versions"],
  ['unavailable', UNAVAILABLE, "Request for unknown model: 'm' version 1 is not at ready state"],
  ['unavailable', UNAVAILABLE, 'Server exiting'],
  ['unavailable', UNAVAILABLE, 'Server not ready'],
  ['unavailable', UNAVAILABLE, 'Request timeout expired'],
  ['queue-full', UNAVAILABLE, '[request id: job 7] Exceeds maximum queue size'],
  ['queue-full', UNAVAILABLE, 'Exceeds maximum queue size'],
  [
    'restricted',
    UNAVAILABLE,
    "This protocol is restricted, expecting header 'triton-grpc-protocol-key'",
  ],
  ['stub-dead', INTERNAL, "Stub process 'scripted_0_0' is not healthy."],
  [
    'failed',
    INTERNAL,
    "Failed to process the request(s) for model 'scripted_0_0', message: ValueError: oops",
  ],
  ['failed', INTERNAL, "failed to load 'm', failed to poll from model repository"],
  [
    'failed',
    INVALID_ARGUMENT,
    "load failed for model 'm': version 1 is at UNAVAILABLE state: Internal: Stub process 'm_0_0' is not healthy.;",
  ],
  ['unavailable', UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED'],
  ['unavailable', INTERNAL, 'Received RST_STREAM with code 2 (Internal server error)'],
];

it.each(ANSWERS)('%s: %s %s', (kind, code, message) => {
  expect(classify(code, message)).toBe(kind);
});

it.each<[TritonErrorKind, keyof typeof status]>([
  ['invalid-argument', 'ALREADY_EXISTS'],
  ['cancelled', 'CANCELLED'],
  ['deadline-exceeded', 'DEADLINE_EXCEEDED'],
  ['queue-full', 'RESOURCE_EXHAUSTED'],
  ['restricted', 'UNAUTHENTICATED'],
  ['restricted', 'PERMISSION_DENIED'],
  ['failed', 'UNKNOWN'],
  ['failed', 'ABORTED'],
  ['failed', 'DATA_LOSS'],
])('%s: any %s', (kind, code) => {
  expect(classify(status[code], 'whatever')).toBe(kind);
});

it.each(ANSWERS)('a model that fails with the text of "%s: %s %s" has failed', (_, __, text) => {
  const message = `Failed to process the request(s) for model 'm_0_0', message: ValueError: ${text}`;
  expect(classify(INTERNAL, message)).toBe('failed');
});

it('what a model refuses stays refused, whatever its text', () => {
  expect(classify(INVALID_ARGUMENT, 'failed to load the image')).toBe('invalid-argument');
  expect(classify(NOT_FOUND, 'the palette has no available versions')).toBe('not-found');
  expect(classify(INVALID_ARGUMENT, 'Exceeds maximum queue size')).toBe('invalid-argument');
});
