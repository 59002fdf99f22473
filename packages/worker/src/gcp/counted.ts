import { status } from '@grpc/grpc-js';
import { JobError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { codeOf } from './retry.ts';

/** Methods that make calls. */
type Calls<T> = { readonly [Method in keyof T]: (...args: never[]) => Promise<unknown> };

/** Exported before they happen: a counter that appears as 1 has never grown, as Prometheus sees it. */
const USUAL_CODES = {
  pubsub: ['OK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'PUBLISH_FAILED'],
  storage: ['OK', 'STORAGE_UNAVAILABLE', 'SOURCE_NOT_FOUND', 'SOURCE_FORBIDDEN'],
} as const;

/** The same calls, each counted when it has ended: `OK`, or the error code of a job or of gRPC. */
export function counted<T extends Calls<T>>(
  calls: T,
  service: keyof typeof USUAL_CODES,
  { cloudCalls }: Pick<Metrics, 'cloudCalls'>,
): T {
  const methods = Object.entries<Calls<T>[keyof T]>(calls).map(([method, call]) => {
    for (const code of USUAL_CODES[service]) cloudCalls.inc({ service, method, code }, 0);
    const count = (code: string): void => cloudCalls.inc({ service, method, code });
    const countedCall = async (...args: never[]): Promise<unknown> => {
      try {
        const answer = await call(...args);
        count('OK');
        return answer;
      } catch (error) {
        count(nameOf(error));
        throw error;
      }
    };
    return [method, countedCall];
  });
  return Object.fromEntries(methods) as T;
}

function nameOf(error: unknown): string {
  if (error instanceof JobError) return error.code;
  const code = codeOf(error);
  return (code > 0 ? status[code] : undefined) ?? 'OTHER';
}
