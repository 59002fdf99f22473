import type { ErrorCode } from '@imagen/contracts';

/** What the consumer does with a failed delivery: give it back for another attempt, or write the failure down and ack. */
type Disposition = 'retry' | 'reject';

/** What jobs depend on. */
export type Dependency = 'triton' | 'storage';

/** How a code is handled. The level is by audience: `error` wakes an operator, `info` is the publisher's business. */
export interface ErrorHandling {
  readonly disposition: Disposition;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** What is not well: pulling stops until a probe finds it well again. */
  readonly blames?: Dependency;
  /** How often one delivery is tried in place, held by its lease, before it is given back. Default: once. */
  readonly tries?: number;
}

/** What each code means for the delivery: the only place where codes differ. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorHandling>> = {
  INVALID_MESSAGE: { disposition: 'reject', logLevel: 'warn' },
  UNKNOWN_OPERATION: { disposition: 'reject', logLevel: 'info' },
  INVALID_PARAMS: { disposition: 'reject', logLevel: 'info' },
  // The record that stands is another message's: nothing is written.
  JOB_CONFLICT: { disposition: 'reject', logLevel: 'warn' },
  SOURCE_NOT_FOUND: { disposition: 'reject', logLevel: 'info' },
  SOURCE_FORBIDDEN: { disposition: 'reject', logLevel: 'info' },
  UNSUPPORTED_FORMAT: { disposition: 'reject', logLevel: 'info' },
  UNDECODABLE_IMAGE: { disposition: 'reject', logLevel: 'info' },
  IMAGE_TOO_LARGE: { disposition: 'reject', logLevel: 'info' },
  // We deployed a worker and a model that do not fit.
  MODEL_CONTRACT: { disposition: 'reject', logLevel: 'error' },
  MODEL_NOT_FOUND: { disposition: 'retry', logLevel: 'error', blames: 'triton', tries: Infinity },
  INFERENCE_UNAVAILABLE: {
    disposition: 'retry',
    logLevel: 'warn',
    blames: 'triton',
    tries: Infinity,
  },
  // The tile itself may be what kills the model: not for ever.
  INFERENCE_FAILED: { disposition: 'retry', logLevel: 'error', blames: 'triton', tries: 2 },
  STORAGE_UNAVAILABLE: {
    disposition: 'retry',
    logLevel: 'warn',
    blames: 'storage',
    tries: Infinity,
  },
  PUBLISH_FAILED: { disposition: 'retry', logLevel: 'warn', tries: 3 },
  DEADLINE_EXCEEDED: { disposition: 'retry', logLevel: 'warn' },
  LEASE_LOST: { disposition: 'retry', logLevel: 'warn' },
  SHUTTING_DOWN: { disposition: 'retry', logLevel: 'debug' },
  // Workers died or lost their leases over this job: only the finaliser writes it.
  UNDELIVERABLE: { disposition: 'reject', logLevel: 'error' },
  INTERNAL: { disposition: 'retry', logLevel: 'error' },
};

/**
 * The one error of a job. `message` is public (it goes into the failed record): what is wrong, why, what to do next.
 * Anything internal belongs in `cause`, which only the log shows.
 */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options);
    this.code = code;
  }
}

/** Parts of a message may be the publisher's own: no controls, no turns of the writing direction, no novels. */
function printable(message: string): string {
  return message.replace(UNPRINTABLE, '\uFFFD').slice(0, MAX_MESSAGE_CHARACTERS);
}

const MAX_MESSAGE_CHARACTERS = 1000;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Any thrown value as a JobError: itself, DEADLINE_EXCEEDED for a timeout signal's reason, else INTERNAL. */
export function toJobError(error: unknown): JobError {
  if (error instanceof JobError) return error;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new JobError('DEADLINE_EXCEEDED', 'the job took longer than its time limit', {
      cause: error,
    });
  }
  return new JobError('INTERNAL', 'unexpected error in the worker; its log has the details', {
    cause: error,
  });
}
