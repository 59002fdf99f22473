import { setTimeout as delay } from 'node:timers/promises';
import type { OperationName } from '@imagen/contracts';
import type { Breaker } from './breaker.ts';
import { type Dependency, JobError } from './errors.ts';
import { isFatalPullError, type ReceivedMessage, type Subscription } from './gcp/subscription.ts';
import { LeaseBook } from './lease-book.ts';
import { type Delivery, digestOf } from './parse-job.ts';
import type { Ports } from './ports.ts';
import { settleDelivery } from './settle-delivery.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Pause after a Pull that failed. */
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
  /** What jobs depend on. Nothing is pulled while one is failing, so that no delivery attempt is burnt. */
  readonly breakers: Readonly<Record<Dependency, Breaker>>;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Pulls the jobs of one operation, as many as it has free slots, and settles each message. The only file that acks. */
export class Consumer {
  readonly #context: ConsumerContext;
  readonly #leases: LeaseBook;
  /** Jobs in work, and when each was published. */
  readonly #running = new Map<Promise<void>, Date>();
  /** The last delivery in work of each message digest. */
  readonly #settling = new Map<string, Promise<boolean>>();
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

  /** Milliseconds since the consumer last got an answer to a Pull or a job settled; 0 while it waits for a dependency. */
  get idleMs(): number {
    const { storage, triton } = this.#context.breakers;
    const isWaiting = storage.condition !== 'well' || triton.condition !== 'well';
    return isWaiting ? 0 : performance.now() - this.#lastProgressAt;
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
      if (freeSlots === 0) await Promise.race(this.#running.keys());
      else if (this.#mayPull()) this.#start(await this.#pull(freeSlots));
      else await this.#change();
    }
    this.#isPulling = false;
  }

  /** Stops pulling, lets running jobs finish for `drainMs`, then gives the others back. */
  async stop(drainMs: number): Promise<void> {
    const reason = new JobError('SHUTTING_DOWN', 'the worker is shutting down');
    this.#stopping.abort(reason);
    const settled = Promise.allSettled(this.#running.keys());
    await Promise.race([settled, delay(drainMs, undefined, { ref: false })]);
    this.#giveBack.abort(reason);
    await Promise.race([settled, delay(RELEASE_MS, undefined, { ref: false })]);
    for (const breaker of Object.values(this.#context.breakers)) breaker.close();
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

  /**
   * Not while something fails. While Triton is absent the slots are filled once, and the jobs wait under their leases:
   * that they wait is what wakes a GPU that was scaled to zero.
   */
  #mayPull(): boolean {
    const { storage, triton } = this.#context.breakers;
    this.#isPulling = storage.condition === 'well' && triton.condition !== 'failing';
    return this.#isPulling;
  }

  async #change(): Promise<void> {
    const { signal } = this.#stopping;
    const breakers = Object.values(this.#context.breakers);
    await Promise.race(breakers.map(async (breaker) => breaker.change(signal)));
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
      this.#running.set(job, message.publishedAt);
    }
    this.#showRunning();
  }

  #showRunning(): void {
    const { metrics, operation } = this.#context;
    const published = [...this.#running.values()].map((publishedAt) => publishedAt.getTime());
    metrics.jobsRunning.set({ operation }, this.#running.size);
    const oldestMs = published.length === 0 ? 0 : Math.min(...published);
    metrics.oldestJob.set({ operation }, oldestMs / 1000);
  }

  async #handle(message: ReceivedMessage): Promise<void> {
    const isSettled = await this.#settleInTurn({
      ...message,
      operation: this.#context.operation,
    });
    this.#leases.strike(message.ackId);
    if (isSettled) await this.#acknowledge(message);
    else await this.#release([message.ackId]);
    this.#lastProgressAt = performance.now();
  }

  /** Copies of a message take turns: the first does the work, the others find its record. */
  async #settleInTurn(delivery: Delivery): Promise<boolean> {
    const digest = digestOf(delivery);
    const context = {
      ...this.#context,
      stopping: this.#stopping.signal,
      giveBack: this.#giveBack.signal,
    };
    const earlier = this.#settling.get(digest) ?? Promise.resolve(true);
    const own = earlier.then(async () => settleDelivery(delivery, context));
    this.#settling.set(digest, own);
    try {
      return await own;
    } finally {
      if (this.#settling.get(digest) === own) this.#settling.delete(digest);
    }
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
