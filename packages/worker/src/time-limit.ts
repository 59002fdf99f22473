/** A signal that aborts in time, and holds nothing once it is disposed of. */
export interface TimeLimit extends Disposable {
  /** Aborts after the time with a `TimeoutError`, or with the reason of a parent. */
  readonly signal: AbortSignal;
}

/**
 * Limits a piece of work. Unlike `AbortSignal.any` with `AbortSignal.timeout`, whose memory stays until the time is over,
 * it is gone with the work: a worker does many short jobs under long limits.
 */
export function limitTime(limitMs: number, ...parents: readonly AbortSignal[]): TimeLimit {
  const controller = new AbortController();
  const inherit = (): void => {
    const aborted = parents.find((parent) => parent.aborted);
    if (aborted) controller.abort(aborted.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException('the time is over', 'TimeoutError'));
  }, limitMs);
  for (const parent of parents) parent.addEventListener('abort', inherit);
  inherit();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const parent of parents) parent.removeEventListener('abort', inherit);
    },
  };
}
