import { setTimeout as delay } from 'node:timers/promises';
import type { JobRecord, OperationName } from '@imagen/contracts';
import { ERRORS, JobError, toJobError } from './errors.ts';
import { isFatalPullError, type ReceivedMessage, type Subscription } from './gcp/subscription.ts';
import { LeaseBook } from './lease-book.ts';
import { type Delivery, findJobId } from './parse-job.ts';
import type { Ports } from './ports.ts';
import { processJob, recordFailure } from './process-job.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Longest a job may work, in milliseconds. */
const JOB_LIMIT_MS = 120_000;
/** From this delivery attempt on a failure is written down: two more are left for a worker that dies doing so. */
const LAST_ATTEMPT = 8;
/** Pause after a Pull that failed, or while what the jobs need is not there. */
const PAUSE_MS = 500;
/** What giving back may take. */
const RELEASE_MS = 3_000;

/** What a consumer works with. */
export interface ConsumerContext {
  readonly operation: OperationName;
  readonly subscription: Subscription;
  /** Jobs at a time. */
  readonly slots: number;
  readonly ports: Ports;
  /** False while jobs could not be worked on: then no message is pulled, and no delivery attempt is burnt. */
  ready(): Promise<boolean>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Pulls the jobs of one operation, as many as it has free slots, and settles each message. The only file that acks. */
export class Consumer {
  readonly #context: ConsumerContext;
  readonly #leases: LeaseBook;
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #giveBack = new AbortController();
  #lastProgressAt = performance.now();
  #isPulling = false;

  constructor(context: ConsumerContext) {
    this.#context = context;
    const { log, metrics, operation } = context;
    this.#leases = new LeaseBook(context.subscription, {
      onRenewError: (error) => log.warn({ err: error }, 'cannot renew leases'),
      onLost: (ackId) => {
        metrics.leaseLost.inc({ operation });
        log.warn({ ackId }, 'lease lost: another worker may have the job');
      },
    });
  }

  /** The operation whose jobs this consumer pulls. */
  get operation(): OperationName {
    return this.#context.operation;
  }

  /** False before the first Pull, while what the jobs need is not there, and after `stop`. */
  get isPulling(): boolean {
    return this.#isPulling;
  }

  /** Milliseconds since the consumer last got an answer to a Pull, a job settled or readiness was looked at. */
  get idleMs(): number {
    return performance.now() - this.#lastProgressAt;
  }

  /**
   * Works until `stop`.
   * @throws the error of a Pull that a person must mend: the subscription is missing or forbidden
   */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#lastProgressAt = performance.now();
      const freeSlots = this.#context.slots - this.#running.size;
      if (freeSlots === 0) await Promise.race(this.#running);
      else if (await this.#isReady()) this.#start(await this.#pull(freeSlots));
      else await this.#pause();
    }
    this.#isPulling = false;
  }

  /** Stops pulling, lets running jobs finish for `drainMs`, then gives the others back. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping.abort();
    const settled = Promise.allSettled(this.#running);
    await Promise.race([settled, delay(drainMs, undefined, { ref: false })]);
    this.#giveBack.abort(new JobError('SHUTTING_DOWN', 'the worker is shutting down'));
    await Promise.race([settled, delay(RELEASE_MS, undefined, { ref: false })]);
    const left = this.#leases.close();
    if (left.length > 0) await this.#release(left);
  }

  async #pull(maxMessages: number): Promise<ReceivedMessage[]> {
    const { signal } = this.#stopping;
    try {
      return await this.#context.subscription.pull(maxMessages, signal);
    } catch (error) {
      if (isFatalPullError(error)) throw error;
      this.#context.log.warn({ err: error }, 'cannot pull');
      this.#isPulling = false;
      await this.#pause();
      return [];
    }
  }

  async #isReady(): Promise<boolean> {
    this.#isPulling = await this.#context.ready();
    return this.#isPulling;
  }

  async #pause(): Promise<void> {
    const { signal } = this.#stopping;
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }

  #start(messages: readonly ReceivedMessage[]): void {
    this.#leases.enter(messages.map(({ ackId }) => ackId));
    for (const message of messages) {
      const job = this.#handle(message).finally(() => {
        this.#running.delete(job);
        this.#showRunning();
      });
      this.#running.add(job);
    }
    this.#showRunning();
  }

  #showRunning(): void {
    const { metrics, operation } = this.#context;
    metrics.jobsRunning.set({ operation }, this.#running.size);
  }

  async #handle(message: ReceivedMessage): Promise<void> {
    const isSettled = await this.#settle({ ...message, operation: this.#context.operation });
    this.#leases.strike(message.ackId);
    if (isSettled) await this.#acknowledge(message);
    else await this.#release([message.ackId]);
    this.#lastProgressAt = performance.now();
  }

  /** Works on one delivery; true when nothing is left to do for its message. Never throws. */
  async #settle(delivery: Delivery): Promise<boolean> {
    const limit = AbortSignal.timeout(JOB_LIMIT_MS);
    const signal = AbortSignal.any([limit, this.#giveBack.signal]);
    try {
      this.#report(await processJob(delivery, this.#context.ports, signal), delivery);
      return true;
    } catch (error) {
      return this.#settleFailure(delivery, toJobError(error));
    }
  }

  async #settleFailure(delivery: Delivery, failure: JobError): Promise<boolean> {
    const { ports, metrics, log } = this.#context;
    const { operation, messageId, deliveryAttempt } = delivery;
    const { disposition, logLevel } = ERRORS[failure.code];
    const labels = { operation, code: failure.code };
    const jobId = findJobId(delivery);
    const line = { ...labels, jobId, messageId, deliveryAttempt, err: failure };
    if (disposition === 'retry' && deliveryAttempt < LAST_ATTEMPT) {
      log[logLevel](line, 'job given back');
      metrics.released.inc(labels);
      return false;
    }
    if (jobId === undefined) {
      log.warn(line, 'message rejected: it names no job');
      metrics.rejected.inc(labels);
      return true;
    }
    try {
      log[logLevel](line, 'job failed');
      this.#report(await recordFailure(delivery, jobId, failure, ports), delivery);
      return true;
    } catch (error) {
      log.warn({ ...line, err: error }, 'cannot write the failure down');
      return false;
    }
  }

  #report(record: JobRecord, { messageId, publishedAt }: Delivery): void {
    const { log, metrics } = this.#context;
    const { operation, outcome, jobId, durationMs, deliveryAttempt } = record;
    metrics.jobs.inc({
      operation,
      outcome: record.outcome === 'failed' ? record.error.code : outcome,
    });
    metrics.jobDuration.observe({ operation }, (Date.now() - publishedAt.getTime()) / 1000);
    const line = { jobId, operation, outcome, durationMs, deliveryAttempt, messageId };
    if (record.outcome === 'failed') return log.info(line, 'job ended');
    for (const [stage, ms] of Object.entries(record.receipt.stagesMs)) {
      metrics.stageDuration.observe({ operation, stage }, ms / 1000);
    }
    const { modelName, tiles, stagesMs } = record.receipt;
    log.info({ ...line, modelName, tiles, stagesMs }, 'job ended');
  }

  async #acknowledge({ ackId, messageId }: ReceivedMessage): Promise<void> {
    try {
      await this.#context.subscription.acknowledge([ackId]);
    } catch (error) {
      this.#context.log.warn({ err: error, messageId }, 'cannot ack: the message will come again');
    }
  }

  async #release(ackIds: readonly string[]): Promise<void> {
    try {
      await this.#context.subscription.modifyAckDeadline(ackIds, 0);
    } catch (error) {
      this.#context.log.warn({ err: error }, 'cannot give back: the leases will run out');
    }
  }
}
