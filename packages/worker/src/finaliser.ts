import { setTimeout as delay } from 'node:timers/promises';
import type { JobRecord, OperationName } from '@imagen/contracts';
import { ERRORS, JobError } from './errors.ts';
import { isFatalPullError, type ReceivedMessage, type Subscription } from './gcp/subscription.ts';
import { type Delivery, findJobId } from './parse-job.ts';
import type { Ports } from './ports.ts';
import { recordFailure } from './process-job.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Dead letters at a time: a record and an event each, well within the ack deadline of 60 s. */
const BATCH = 10;
/** Longest that writing one down may take, in milliseconds. */
const RECORD_LIMIT_MS = 30_000;
/** Pause after a Pull that failed. */
const PAUSE_MS = 5_000;
/** What dead letters in work get to finish when the worker stops; leases left then run out. */
const STOP_MS = 3_000;
const { logLevel } = ERRORS.UNDELIVERABLE;

/** What a finaliser works with. */
export interface FinaliserContext {
  readonly operation: OperationName;
  /** On the operation's dead-letter topic. */
  readonly subscription: Subscription;
  readonly ports: Pick<Ports, 'objects' | 'events'>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Gives the job of every dead letter of one operation a failed record, unless it has a record. Needs no Triton. */
export class Finaliser {
  readonly #context: FinaliserContext;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(context: FinaliserContext) {
    this.#context = context;
  }

  /** Starts the work. It never throws: whatever happens here, jobs go on. */
  start(): void {
    this.#running = this.#run();
  }

  /** Stops pulling; dead letters in work are finished, for at most 3 s. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#running, delay(STOP_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const messages = await this.#pull(signal);
      const outcomes = await Promise.all(
        messages.map(async (message) => ({ message, isSettled: await this.#settle(message) })),
      );
      const { settled = [], open = [] } = Object.groupBy(outcomes, ({ isSettled }) =>
        isSettled ? 'settled' : 'open',
      );
      await this.#acknowledge(settled.map(({ message }) => message.ackId));
      await this.#release(open.map(({ message }) => message.ackId));
    }
  }

  async #pull(signal: AbortSignal): Promise<ReceivedMessage[]> {
    try {
      return await this.#context.subscription.pull(BATCH, signal);
    } catch (error) {
      const { log, operation } = this.#context;
      const level = isFatalPullError(error) ? 'error' : 'warn';
      log[level]({ err: error, operation }, 'cannot pull dead letters');
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      return [];
    }
  }

  /** True when nothing is left to do for the message. Never throws. */
  async #settle(message: ReceivedMessage): Promise<boolean> {
    const { operation, ports, log, metrics } = this.#context;
    const delivery = lastDelivery(message, operation);
    const jobId = findJobId(delivery);
    const labels = { operation, code: 'UNDELIVERABLE' };
    const { messageId, deliveryAttempt } = delivery;
    const line = { ...labels, jobId, messageId, deliveryAttempt };
    if (jobId === undefined) {
      log.warn(line, 'dead letter rejected: it names no job');
      metrics.rejected.inc(labels);
      return true;
    }
    try {
      // Announces also a record that stands already: its event may be what could not be delivered.
      const signal = AbortSignal.timeout(RECORD_LIMIT_MS);
      const failure = undeliverable(deliveryAttempt);
      const record = await recordFailure(delivery, jobId, failure, { ...ports, signal });
      this.#report(record, line);
      return true;
    } catch (error) {
      log.warn({ ...line, err: error }, 'cannot write a dead letter down');
      if (!(error instanceof JobError) || error.code !== 'JOB_CONFLICT') return false;
      // The job has the record of another message: nothing will change that.
      metrics.rejected.inc({ operation, code: error.code });
      return true;
    }
  }

  #report(record: JobRecord, line: object): void {
    const { log, metrics, operation } = this.#context;
    const outcome = record.outcome === 'failed' ? record.error.code : record.outcome;
    if (outcome !== 'UNDELIVERABLE') {
      log.info({ ...line, outcome }, 'dead letter of a job that has a record');
      return;
    }
    metrics.jobs.inc({ operation, outcome });
    log[logLevel](line, 'dead letter: the job has failed');
  }

  async #acknowledge(ackIds: readonly string[]): Promise<void> {
    if (ackIds.length === 0) return;
    try {
      await this.#context.subscription.acknowledge(ackIds);
    } catch (error) {
      this.#context.log.warn({ err: error }, 'cannot ack dead letters: they will come again');
    }
  }

  async #release(ackIds: readonly string[]): Promise<void> {
    if (ackIds.length === 0) return;
    try {
      await this.#context.subscription.modifyAckDeadline(ackIds, 0);
    } catch (error) {
      this.#context.log.warn({ err: error }, 'cannot give dead letters back: leases will run out');
    }
  }
}

function undeliverable(attempts: number): JobError {
  const times = attempts > 0 ? `${attempts} times` : 'as often as is allowed';
  return new JobError(
    'UNDELIVERABLE',
    `the job was delivered ${times} without an outcome; publish it again under a new jobId, or ask an operator to ` +
      'redrive it (imagen dlq redrive)',
  );
}

/** The delivery that Pub/Sub gave up after, from the attributes it adds to a dead letter. */
function lastDelivery(message: ReceivedMessage, operation: OperationName): Delivery {
  const { attributes } = message;
  const attempts = Number(attributes['CloudPubSubDeadLetterSourceDeliveryCount']);
  const published = Date.parse(attributes['CloudPubSubDeadLetterSourceTopicPublishTime'] ?? '');
  return {
    ...message,
    operation,
    publishedAt: Number.isNaN(published) ? message.publishedAt : new Date(published),
    deliveryAttempt: Number.isSafeInteger(attempts) && attempts > 0 ? attempts : 0,
  };
}
