import assert from 'node:assert/strict';
import { type DeliveryPolicy, SubscriptionQueue } from '../../../src/pubsub/subscription-queue.ts';

/** What may happen to a subscription. Ack ids are picked by index from all that were ever given out. */
export type Step =
  | { readonly kind: 'publish'; readonly count: number }
  | { readonly kind: 'take'; readonly count: number; readonly seconds: number }
  | { readonly kind: 'ack'; readonly pick: number }
  | { readonly kind: 'modify'; readonly pick: number; readonly seconds: number }
  | { readonly kind: 'elapse'; readonly ms: number };

/** What can be seen of a queue after a step. */
export interface View {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly leasesEnded: number;
  readonly deadLetters: readonly string[];
  /** It asks to be woken before or when the next thing is due, and not in the past. */
  readonly wakesInTime: boolean;
}

type State =
  | { readonly is: 'queued'; readonly readyAtMs: number }
  | { readonly is: 'leased'; readonly ackId: string; readonly deadlineMs: number }
  | { readonly is: 'acked' | 'dead' };

interface ModelMessage {
  readonly id: string;
  state: State;
  failures: number;
  attempts: number;
}

/** A queue beside the simplest model of it: a list of messages, each in exactly one state. */
export class ModelledQueue {
  readonly #queue: SubscriptionQueue;
  readonly #policy: DeliveryPolicy;
  readonly #model: ModelMessage[] = [];
  readonly #ackIds: string[] = [];
  readonly #deadLetters: string[] = [];
  #leasesEnded = 0;
  #nowMs = 0;

  constructor(policy: DeliveryPolicy) {
    this.#policy = policy;
    this.#queue = new SubscriptionQueue(policy);
  }

  /** Does the same to both. @throws AssertionError if the queue gives out what it must not */
  run(step: Step): void {
    if (step.kind === 'publish') this.#publish(step.count);
    else if (step.kind === 'take') this.#take(step.count, step.seconds * 1000);
    else if (step.kind === 'elapse') this.#elapse(step.ms);
    else this.#settleLease(this.#ackIds[step.pick % this.#ackIds.length] ?? 'unknown', step);
  }

  observed(): View {
    for (const { stored } of this.#queue.takeDeadLetters()) {
      this.#deadLetters.push(stored.message.messageId);
    }
    const { dueMs } = this.#queue;
    return {
      ready: this.#queue.readyCount,
      delayed: this.#queue.delayedCount,
      leased: this.#queue.leasedCount,
      leasesEnded: this.#leasesEnded,
      deadLetters: this.#deadLetters.toSorted(),
      wakesInTime: dueMs > this.#nowMs && dueMs <= Math.min(...this.#delays, ...this.#deadlines),
    };
  }

  predicted(): View {
    const dead = this.#model.filter(({ state }) => state.is === 'dead');
    return {
      ready: this.#ready.length,
      delayed: this.#delays.length,
      leased: this.#deadlines.length,
      leasesEnded: this.#ackIds.length - this.#deadlines.length,
      deadLetters: dead.map(({ id }) => id).toSorted(),
      wakesInTime: true,
    };
  }

  #publish(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const id = String(this.#model.length);
      const content = { data: new Uint8Array(1), attributes: {}, orderingKey: '' };
      const message = { ...content, messageId: id, publishTime: null };
      this.#queue.publish([{ message, sizeBytes: 1 }]);
      this.#model.push({ id, state: { is: 'queued', readyAtMs: 0 }, failures: 0, attempts: 0 });
    }
  }

  #take(maxMessages: number, ackDeadlineMs: number): void {
    const expected = Math.min(this.#ready.length, maxMessages);
    const onLeaseEnd = () => (this.#leasesEnded += 1);
    const take = { maxMessages, maxBytes: Infinity, ackDeadlineMs, onLeaseEnd };
    const { messages } = this.#queue.take(take, this.#nowMs);
    assert.equal(messages.length, expected);
    for (const { ackId, message, deliveryAttempt } of messages) {
      const model = this.#ready.find(({ id }) => id === message.messageId);
      assert(model, `message ${message.messageId} was not ready`);
      assert(!this.#ackIds.includes(ackId), `ack id ${ackId} was given out before`);
      this.#ackIds.push(ackId);
      model.attempts += 1;
      const counted = this.#policy.maxDeliveryAttempts !== undefined;
      assert.equal(deliveryAttempt, counted ? model.attempts : 0);
      model.state = { is: 'leased', ackId, deadlineMs: this.#nowMs + ackDeadlineMs };
    }
  }

  #settleLease(ackId: string, step: Step & { kind: 'ack' | 'modify' }): void {
    const seconds = step.kind === 'modify' ? step.seconds : undefined;
    if (seconds === undefined) this.#queue.acknowledge([ackId], this.#nowMs);
    else this.#queue.modifyAckDeadline([ackId], seconds * 1000, this.#nowMs);

    const message = this.#model.find(({ state }) => state.is === 'leased' && state.ackId === ackId);
    if (message === undefined) return;
    if (seconds === undefined) message.state = { is: 'acked' };
    else if (seconds === 0) this.#fail(message);
    else message.state = { is: 'leased', ackId, deadlineMs: this.#nowMs + seconds * 1000 };
  }

  /** As a timer would: stops at every time the queue asks for. */
  #elapse(ms: number): void {
    const targetMs = this.#nowMs + ms;
    while (this.#queue.dueMs <= targetMs) {
      assert(this.#queue.dueMs > this.#nowMs, 'the queue asks for a time that has passed');
      this.#advance(this.#queue.dueMs);
    }
    this.#advance(targetMs);
  }

  #advance(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#queue.advance(nowMs);
    for (const message of this.#model) {
      const { state } = message;
      if (state.is === 'leased' && state.deadlineMs <= nowMs) this.#fail(message);
    }
  }

  #fail(message: ModelMessage): void {
    message.failures += 1;
    const { minBackoffMs, maxBackoffMs, maxDeliveryAttempts = Infinity } = this.#policy;
    let backoffMs = minBackoffMs;
    for (let n = 1; n < message.failures; n += 1) backoffMs = Math.min(2 * backoffMs, maxBackoffMs);
    const dead = message.attempts >= maxDeliveryAttempts;
    message.state = dead ? { is: 'dead' } : { is: 'queued', readyAtMs: this.#nowMs + backoffMs };
  }

  get #ready(): ModelMessage[] {
    return this.#model.filter(
      ({ state }) => state.is === 'queued' && state.readyAtMs <= this.#nowMs,
    );
  }

  get #delays(): number[] {
    const times = this.#model.map(({ state }) => (state.is === 'queued' ? state.readyAtMs : 0));
    return times.filter((readyAtMs) => readyAtMs > this.#nowMs);
  }

  get #deadlines(): number[] {
    return this.#model.flatMap(({ state }) => (state.is === 'leased' ? [state.deadlineMs] : []));
  }
}
