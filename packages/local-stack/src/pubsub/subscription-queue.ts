import { randomUUID } from 'node:crypto';
import { Fifo } from './fifo.ts';
import type { PubsubMessage, ReceivedMessage } from './messages.ts';

/** A published message; subscriptions share it. */
export interface StoredMessage {
  readonly message: PubsubMessage;
  /** Data, attributes and ordering key; what flow control counts. */
  readonly sizeBytes: number;
}

/** What happens to a message after a nack or a lapsed ack deadline. */
export interface DeliveryPolicy {
  /** Delay before the second delivery; 0 and 0: at once, always. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Undefined: attempts are not counted. Infinity: counted, but nothing is dead-lettered. */
  readonly maxDeliveryAttempts: number | undefined;
}

/** A message that used up its delivery attempts. */
export interface DeadLetter {
  readonly stored: StoredMessage;
  readonly deliveryAttempts: number;
}

/** What one receiver takes at once. */
export interface Take {
  readonly maxMessages: number;
  /** The first message is given even if it is larger, so that it cannot get stuck. */
  readonly maxBytes: number;
  readonly ackDeadlineMs: number;
  /** Called once per message when its lease ends: acked, nacked or lapsed. */
  readonly onLeaseEnd?: (sizeBytes: number) => void;
}

/** Messages given out, and the sum of their sizes. */
export interface Taken {
  readonly messages: ReceivedMessage[];
  readonly sizeBytes: number;
}

interface Entry {
  readonly stored: StoredMessage;
  failures: number;
  deliveryAttempts: number;
  /** When its back-off ends; meaningful while delayed. */
  readyAtMs: number;
}

interface Lease {
  readonly entry: Entry;
  readonly onLeaseEnd: Take['onLeaseEnd'];
  deadlineMs: number;
}

/**
 * The messages of one subscription, without I/O and without a clock: callers pass the time, which never goes
 * backwards. Every published message is exactly one of ready, delayed, leased, acked or dead-lettered.
 */
export class SubscriptionQueue {
  /** Marks our ack ids, so that those of another subscription or an earlier server are stale here. */
  readonly #id = randomUUID();
  readonly #ready = new Fifo<Entry>();
  readonly #delayed = new Set<Entry>();
  readonly #leases = new Map<string, Lease>();
  #deadLetters: DeadLetter[] = [];
  #policy: DeliveryPolicy;
  #deliveries = 0;
  #dueMs = Infinity;

  constructor(policy: DeliveryPolicy) {
    this.#policy = policy;
  }

  /** When {@link advance} must be called next, or earlier; Infinity if time changes nothing. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Messages that {@link take} can give now. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Messages that wait for the end of their back-off. */
  get delayedCount(): number {
    return this.#delayed.size;
  }

  /** Messages that are delivered and not yet acked. */
  get leasedCount(): number {
    return this.#leases.size;
  }

  /** Holds from the next nack or lapse on. */
  setPolicy(policy: DeliveryPolicy): void {
    this.#policy = policy;
  }

  publish(messages: readonly StoredMessage[]): void {
    for (const stored of messages) {
      this.#ready.push({ stored, failures: 0, deliveryAttempts: 0, readyAtMs: 0 });
    }
  }

  /** Leases ready messages, oldest first. */
  take(take: Take, nowMs: number): Taken {
    this.advance(nowMs);
    const messages: ReceivedMessage[] = [];
    let sizeBytes = 0;
    while (messages.length < take.maxMessages) {
      const nextBytes = this.#ready.peek()?.stored.sizeBytes ?? 0;
      if (messages.length > 0 && sizeBytes + nextBytes > take.maxBytes) break;
      const entry = this.#ready.shift();
      if (entry === undefined) break;
      messages.push(this.#lease(entry, take, nowMs));
      sizeBytes += nextBytes;
    }
    return { messages, sizeBytes };
  }

  /** Forgets the messages. Stale ack ids do nothing. */
  acknowledge(ackIds: readonly string[], nowMs: number): void {
    this.advance(nowMs);
    for (const ackId of ackIds) this.#endLease(ackId);
  }

  /** Leases the messages for `ackDeadlineMs` from now; 0 gives them back (nack). Stale ack ids do nothing. */
  modifyAckDeadline(ackIds: readonly string[], ackDeadlineMs: number, nowMs: number): void {
    this.advance(nowMs);
    for (const ackId of ackIds) {
      const lease = this.#leases.get(ackId);
      if (lease === undefined) continue;
      if (ackDeadlineMs === 0) this.#fail(ackId, nowMs);
      else lease.deadlineMs = this.#due(nowMs + ackDeadlineMs);
    }
  }

  /** Ends leases and back-offs whose time has come. */
  advance(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = Infinity;
    for (const entry of this.#delayed) {
      if (entry.readyAtMs > nowMs) this.#due(entry.readyAtMs);
      else if (this.#delayed.delete(entry)) this.#ready.push(entry);
    }
    for (const [ackId, lease] of this.#leases) {
      if (lease.deadlineMs > nowMs) this.#due(lease.deadlineMs);
      else this.#fail(ackId, nowMs);
    }
  }

  /** Hands over the messages that used up their attempts; the caller now owns them. */
  takeDeadLetters(): DeadLetter[] {
    return this.#deadLetters.splice(0);
  }

  #lease(entry: Entry, take: Take, nowMs: number): ReceivedMessage {
    const counted = this.#policy.maxDeliveryAttempts !== undefined;
    if (counted) entry.deliveryAttempts += 1;
    this.#deliveries += 1;
    const ackId = `${this.#id}:${this.#deliveries}`;
    const deadlineMs = this.#due(nowMs + take.ackDeadlineMs);
    this.#leases.set(ackId, { entry, onLeaseEnd: take.onLeaseEnd, deadlineMs });
    return {
      ackId,
      message: entry.stored.message,
      deliveryAttempt: counted ? entry.deliveryAttempts : 0,
    };
  }

  #endLease(ackId: string): Entry | undefined {
    const lease = this.#leases.get(ackId);
    if (lease === undefined) return undefined;
    this.#leases.delete(ackId);
    lease.onLeaseEnd?.(lease.entry.stored.sizeBytes);
    return lease.entry;
  }

  #fail(ackId: string, nowMs: number): void {
    const entry = this.#endLease(ackId);
    if (entry === undefined) return;
    const { maxDeliveryAttempts = Infinity } = this.#policy;
    if (entry.deliveryAttempts >= maxDeliveryAttempts) {
      this.#deadLetters.push({ stored: entry.stored, deliveryAttempts: entry.deliveryAttempts });
      return;
    }
    const backoffMs = backoff(this.#policy, entry.failures);
    entry.failures += 1;
    if (backoffMs === 0) {
      this.#ready.push(entry);
      return;
    }
    entry.readyAtMs = this.#due(nowMs + backoffMs);
    this.#delayed.add(entry);
  }

  #due(atMs: number): number {
    this.#dueMs = Math.min(this.#dueMs, atMs);
    return atMs;
  }
}

/** Doubles from the minimum to the maximum; Pub/Sub promises "exponential" and names no factor. */
function backoff(policy: DeliveryPolicy, earlierFailures: number): number {
  // The exponent stays small, because 0 * 2 ** 1024 is not a number.
  return Math.min(policy.minBackoffMs * 2 ** Math.min(earlierFailures, 64), policy.maxBackoffMs);
}
