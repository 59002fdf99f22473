import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode, JobRecord } from '@imagen/contracts';
import type { Breaker } from './breaker.ts';
import { type Dependency, ERRORS, JobError, toJobError } from './errors.ts';
import { type Delivery, findJobId } from './parse-job.ts';
import type { Ports } from './ports.ts';
import { processJob, recordFailure } from './process-job.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { limitTime } from './time-limit.ts';

/** Longest that one try of a job may work. Waiting for a dependency does not count. */
const JOB_LIMIT_MS = 120_000;
/** Longest that a delivery is held in all, tries and waiting together: a cold GPU needs minutes. */
const HOLD_LIMIT_MS = 900_000;
/** Pause before a job is tried again. */
const PAUSE_MS = 250;
/** Longest that writing a failure down may take. */
const RECORD_LIMIT_MS = 30_000;
/** From this delivery attempt on a failure is written down: two more are left for a worker that dies doing so. */
const LAST_ATTEMPT = 8;

/** What one delivery is settled with. */
export interface SettleContext {
  readonly ports: Ports;
  readonly breakers: Readonly<Record<Dependency, Breaker>>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborts when the worker stops: nothing is waited for any more, and nothing tried again. */
  readonly stopping: AbortSignal;
  /** Aborts when running jobs must end. */
  readonly giveBack: AbortSignal;
}

/**
 * Works on one delivery until nothing is left to do for its message (true) or it must be given back (false). Failures
 * that may pass are held: tried again under the same lease once what they blame is well. Never throws.
 */
export async function settleDelivery(delivery: Delivery, context: SettleContext): Promise<boolean> {
  const { ports, breakers, log, stopping, giveBack } = context;
  using hold = limitTime(HOLD_LIMIT_MS, stopping);
  const triesOf = new Map<ErrorCode, number>();
  for (;;) {
    try {
      await untilWell(delivery, context, hold.signal);
      using job = limitTime(JOB_LIMIT_MS, giveBack);
      report(await processJob(delivery, ports, job.signal), delivery, context);
      return true;
    } catch (error) {
      const failure = toJobError(error);
      const { blames, tries: allowed = 1 } = ERRORS[failure.code];
      const tries = (triesOf.get(failure.code) ?? 0) + 1;
      triesOf.set(failure.code, tries);
      if (blames) breakers[blames].trip();
      if (tries >= allowed || hold.signal.aborted) {
        return await settleFailure(delivery, failure, context);
      }
      log.warn({ ...lineOf(delivery), code: failure.code, tries, err: failure }, 'job held');
      await delay(PAUSE_MS, undefined, { signal: hold.signal }).catch(() => undefined);
    }
  }
}

/** @throws JobError SHUTTING_DOWN; a timeout once the delivery was held too long */
async function untilWell(
  { operation }: Delivery,
  { breakers, metrics }: SettleContext,
  signal: AbortSignal,
): Promise<void> {
  const all = Object.values(breakers);
  if (all.every(({ condition }) => condition === 'well')) return;
  metrics.jobsWaiting.inc({ operation });
  try {
    for (const breaker of all) await breaker.untilWell(signal);
  } finally {
    metrics.jobsWaiting.dec({ operation });
  }
}

async function settleFailure(
  delivery: Delivery,
  failure: JobError,
  context: SettleContext,
): Promise<boolean> {
  const { ports, metrics, log } = context;
  const { disposition, logLevel } = ERRORS[failure.code];
  const labels = { operation: delivery.operation, code: failure.code };
  const line = { ...lineOf(delivery), ...labels, err: failure };
  if (disposition === 'retry' && delivery.deliveryAttempt < LAST_ATTEMPT) {
    log[logLevel](line, 'job given back');
    metrics.released.inc(labels);
    return false;
  }
  const jobId = findJobId(delivery);
  if (jobId === undefined || failure.code === 'JOB_CONFLICT') {
    log.warn(line, jobId === undefined ? 'message rejected: it names no job' : 'jobs in conflict');
    metrics.rejected.inc(labels);
    return true;
  }
  log[logLevel](line, 'job failed');
  try {
    using limit = limitTime(RECORD_LIMIT_MS);
    const outside = { ...ports, signal: limit.signal };
    report(await recordFailure(delivery, jobId, failure, outside), delivery, context);
    return true;
  } catch (error) {
    if (error instanceof JobError && error.code === 'JOB_CONFLICT') {
      return settleFailure(delivery, error, context);
    }
    log.warn({ ...line, err: error }, 'cannot write the failure down');
    return false;
  }
}

function report(record: JobRecord, delivery: Delivery, { log, metrics }: SettleContext): void {
  const { operation, outcome, durationMs } = record;
  const ended = record.outcome === 'failed' ? record.error.code : outcome;
  metrics.jobs.inc({ operation, outcome: ended });
  metrics.jobDuration.observe({ operation }, (Date.now() - delivery.publishedAt.getTime()) / 1000);
  const line = { ...lineOf(delivery), outcome, durationMs };
  if (record.outcome === 'failed') {
    log.info(line, 'job ended');
    return;
  }
  for (const [stage, ms] of Object.entries(record.receipt.stagesMs)) {
    metrics.stageDuration.observe({ operation, stage }, ms / 1000);
  }
  const { modelName, tiles, stagesMs } = record.receipt;
  log.info({ ...line, modelName, tiles, stagesMs }, 'job ended');
}

function lineOf(delivery: Delivery): object {
  const { operation, messageId, deliveryAttempt } = delivery;
  return { operation, jobId: findJobId(delivery), messageId, deliveryAttempt };
}
