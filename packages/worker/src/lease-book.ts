import type { Subscription } from './gcp/subscription.ts';

/** The ack deadline we renew to, in seconds: what a killed worker costs at most. */
const LEASE_SECONDS = 30;
/** Time between renewals: two may fail before a lease runs out. */
const HEARTBEAT_MS = 10_000;
/** A lease not renewed for this long is taken for lost: another worker may have the message. */
const LOST_AFTER_MS = 25_000;

/** What the book tells its owner. */
export interface LeaseEvents {
  /** A renewal failed; it is tried again at the next heartbeat. */
  onRenewError(error: unknown): void;
  /** The lease could not be renewed in time. Told once per lease. */
  onLost(ackId: string): void;
}

/** Keeps the leases of one subscription: one ModifyAckDeadline for all of them every 10 s. */
export class LeaseBook {
  readonly #subscription: Subscription;
  readonly #events: LeaseEvents;
  readonly #renewedAt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(subscription: Subscription, events: LeaseEvents) {
    this.#subscription = subscription;
    this.#events = events;
    this.#timer = setInterval(() => void this.#renew([...this.#renewedAt.keys()]), HEARTBEAT_MS);
  }

  /** Enters leases just received, and renews them at once: their deadline began when the server sent them. */
  enter(ackIds: readonly string[]): void {
    const now = performance.now();
    for (const ackId of ackIds) this.#renewedAt.set(ackId, now);
    void this.#renew(ackIds);
  }

  /** Strikes a lease off, before its message is acked or given back. */
  strike(ackId: string): void {
    this.#renewedAt.delete(ackId);
  }

  /** Stops the heartbeat and returns the leases still in the book. */
  close(): string[] {
    clearInterval(this.#timer);
    const left = [...this.#renewedAt.keys()];
    this.#renewedAt.clear();
    return left;
  }

  async #renew(ackIds: readonly string[]): Promise<void> {
    if (ackIds.length === 0) return;
    const now = performance.now();
    try {
      await this.#subscription.modifyAckDeadline(ackIds, LEASE_SECONDS);
      for (const ackId of ackIds) if (this.#renewedAt.has(ackId)) this.#renewedAt.set(ackId, now);
    } catch (error) {
      this.#events.onRenewError(error);
      this.#reportLost(ackIds);
    }
  }

  #reportLost(ackIds: readonly string[]): void {
    for (const ackId of ackIds) {
      const renewedAt = this.#renewedAt.get(ackId);
      if (renewedAt === undefined || performance.now() - renewedAt < LOST_AFTER_MS) continue;
      this.#renewedAt.delete(ackId);
      this.#events.onLost(ackId);
    }
  }
}
