import { ERROR_CODES } from '@imagen/contracts';
import { ERRORS } from '../packages/worker/src/errors.ts';

/** Share of the jobs that could be done which is. */
export const SUCCESS_OBJECTIVE = 0.999;

/** Of every model in triton/model_repository. */
export const MAX_BATCH_SIZE = 8;

/** Failures that are not the publisher's. */
export const OUR_CODES: readonly string[] = ERROR_CODES.filter(
  (code) => ERRORS[code].disposition === 'retry' || ERRORS[code].logLevel === 'error',
);

/** Seconds since the oldest job that a worker holds was published; no sample while it holds none. */
export const AGE_OF_OLDEST_JOB = '(time() - (imagen_oldest_job_timestamp_seconds > 0))';

/** Jobs that were given up by Pub/Sub. */
export const DEAD_LETTERS = 'imagen_jobs_total{outcome="UNDELIVERABLE"}';

/**
 * When a model's batching is off: tiles run alone although they wait longer than an execution takes. With batching, all
 * that waits goes into the next one.
 */
export const BATCHING_OFF = { meanBatch: 1.2, queueToInfer: 1.5 } as const;
