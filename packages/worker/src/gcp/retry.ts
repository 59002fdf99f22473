import {
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';

/** How one call to a cloud service is tried. */
export interface RetryOptions {
  /** Ends it, also between two tries. */
  readonly signal: AbortSignal;
  /** Longest that one try may take. */
  readonly tryLimitMs: number;
}

/** Tries after the first. With the delays between them, an outage is waited for about 3 s here; longer ones by the consumer. */
const MAX_RETRIES = 5;
const BACKOFF = { initialDelay: 100, maxDelay: 1_500 };

/**
 * Makes a call until it succeeds or fails for good: the one place where calls to Google's services are retried. Its
 * clients do not retry by themselves.
 * @param call one try; must be safe to repeat, because a lost response looks like a failure
 * @throws the last error; the signal's reason once that has aborted
 */
export async function withRetries<T>(
  { signal, tryLimitMs }: RetryOptions,
  call: (trySignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const policy = wrap(
    retry(
      handleWhen((error) => !signal.aborted && isTransient(error)),
      {
        maxAttempts: MAX_RETRIES,
        // Decorrelated jitter: workers that failed together do not come back together.
        backoff: new ExponentialBackoff(BACKOFF),
      },
    ),
    timeout(tryLimitMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false }),
  );
  try {
    return await policy.execute((context) => call(context.signal), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** The HTTP status or gRPC code an error carries; 0 without one. */
export function codeOf(error: unknown): number {
  const code: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'code');
  return typeof code === 'number' || typeof code === 'string' ? Number(code) || 0 : 0;
}

const TRANSIENT_HTTP: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** gRPC: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const TRANSIENT_GRPC: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);

/** True for what may pass: timeouts, broken connections (no code), overload and server errors. */
function isTransient(error: unknown): boolean {
  if (error instanceof TaskCancelledError) return true;
  const code = codeOf(error);
  return code === 0 ? isNetworkError(error) : TRANSIENT_HTTP.has(code) || TRANSIENT_GRPC.has(code);
}

/** Errors of our own carry a code of letters; a broken download or connection has none, or Node's, such as ECONNRESET. */
function isNetworkError(error: unknown): boolean {
  return error instanceof Error && error.name !== 'JobError' && !(error instanceof TypeError);
}
