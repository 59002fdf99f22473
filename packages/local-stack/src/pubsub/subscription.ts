import type { Clock, Timer } from './clock.ts';
import { MAX_MESSAGES_PER_REQUEST, MAX_REQUEST_BYTES } from './limits.ts';
import type { ReceivedMessage, SubscriptionSettings } from './messages.ts';
import type { RpcError } from './rpc-error.ts';
import { deliveryPolicy } from './subscription-settings.ts';
import { type DeadLetter, type StoredMessage, SubscriptionQueue } from './subscription-queue.ts';

/** Somebody who waits for messages: a hanging Pull, or a StreamingPull. */
export interface Receiver {
  /** What it takes now; with `maxMessages` below 1 nothing. Without a deadline: the subscription's. */
  capacity(): {
    readonly maxMessages: number;
    readonly maxBytes: number;
    readonly ackDeadlineMs?: number;
  };
  /** At least one message, within the capacity. */
  deliver(messages: ReceivedMessage[], sizeBytes: number): void;
  /** A message it got was acked, nacked, or its lease lapsed. */
  leaseEnded(sizeBytes: number): void;
  /** No message will come any more. */
  end(error: RpcError): void;
}

/** What a {@link Subscription} needs from outside. */
export interface SubscriptionHost {
  readonly clock: Clock;
  /** Takes over a message that used up its delivery attempts. */
  readonly forward: (deadLetter: DeadLetter, source: SubscriptionSettings) => void;
}

/** A subscription at work: its queue, those who wait for messages, and one timer for both. */
export class Subscription {
  readonly #host: SubscriptionHost;
  readonly #queue: SubscriptionQueue;
  /** The one whose turn is next stands first. */
  readonly #receivers = new Set<Receiver>();
  #settings: SubscriptionSettings;
  #timer: Timer | undefined;
  #timerDueMs = Infinity;

  constructor(settings: SubscriptionSettings, host: SubscriptionHost) {
    this.#settings = settings;
    this.#host = host;
    this.#queue = new SubscriptionQueue(deliveryPolicy(settings));
  }

  get settings(): SubscriptionSettings {
    return this.#settings;
  }

  configure(settings: SubscriptionSettings): void {
    this.#settings = settings;
    this.#queue.setPolicy(deliveryPolicy(settings));
  }

  publish(messages: readonly StoredMessage[]): void {
    this.#queue.publish(messages);
    this.settle();
  }

  acknowledge(ackIds: readonly string[]): void {
    this.#queue.acknowledge(ackIds, this.#host.clock.now());
    this.settle();
  }

  /** 0 seconds gives the messages back (nack). */
  modifyAckDeadline(ackIds: readonly string[], seconds: number): void {
    this.#queue.modifyAckDeadline(ackIds, seconds * 1000, this.#host.clock.now());
    this.settle();
  }

  /** Resolves with 1 to `maxMessages` messages once there are any; with none if cancelled or not to wait. */
  async pull(
    maxMessages: number,
    wait: { readonly returnImmediately: boolean; readonly cancelled: AbortSignal },
  ): Promise<ReceivedMessage[]> {
    // Messages for a caller that has gone would wait for their ack deadline.
    if (wait.cancelled.aborted) return [];
    const { promise, resolve, reject } = Promise.withResolvers<ReceivedMessage[]>();
    const room = {
      maxMessages: Math.min(maxMessages, MAX_MESSAGES_PER_REQUEST),
      maxBytes: MAX_REQUEST_BYTES,
    };
    const finish = (messages: ReceivedMessage[]) => {
      detach();
      resolve(messages);
    };
    const detach = this.attach({
      capacity: () => room,
      deliver: finish,
      leaseEnded: () => {},
      end: reject,
    });
    wait.cancelled.addEventListener('abort', () => finish([]));
    this.settle();
    if (wait.returnImmediately) finish([]);
    return promise;
  }

  /** Lets a receiver take part from the next {@link settle} on; returns how to leave. */
  attach(receiver: Receiver): () => void {
    this.#receivers.add(receiver);
    return () => this.#receivers.delete(receiver);
  }

  /** Brings everything up to now: lapsed leases, deliveries, dead letters, the timer. */
  settle(): void {
    this.#queue.advance(this.#host.clock.now());
    this.#deliver();
    for (const deadLetter of this.#queue.takeDeadLetters()) {
      this.#host.forward(deadLetter, this.#settings);
    }
    this.#schedule();
  }

  /** Ends all receivers and timers; messages are dropped. */
  close(error: RpcError): void {
    this.#timer?.cancel();
    for (const receiver of this.#receivers) receiver.end(error);
    this.#receivers.clear();
  }

  /** Hands out ready messages in turn, until none is left or nobody takes any. */
  #deliver(): void {
    let refusals = 0;
    while (this.#queue.readyCount > 0 && refusals < this.#receivers.size) {
      const [receiver] = this.#receivers;
      if (receiver === undefined) return;
      this.#receivers.delete(receiver);
      this.#receivers.add(receiver);
      refusals = this.#deliverTo(receiver) ? 0 : refusals + 1;
    }
  }

  #deliverTo(receiver: Receiver): boolean {
    const { ackDeadlineMs = this.#settings.ackDeadlineSeconds * 1000, ...room } =
      receiver.capacity();
    const onLeaseEnd = (sizeBytes: number) => receiver.leaseEnded(sizeBytes);
    const { messages, sizeBytes } = this.#queue.take(
      { ...room, ackDeadlineMs, onLeaseEnd },
      this.#host.clock.now(),
    );
    if (messages.length > 0) receiver.deliver(messages, sizeBytes);
    return messages.length > 0;
  }

  #schedule(): void {
    const { dueMs } = this.#queue;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    if (dueMs === Infinity) return;
    this.#timer = this.#host.clock.setTimeout(() => {
      this.#timerDueMs = Infinity;
      this.settle();
    }, dueMs - this.#host.clock.now());
  }
}
