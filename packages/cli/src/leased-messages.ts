import { subscriptionPath } from '@imagen/contracts';
import { openSubscription, type ReceivedMessage, type Subscription } from '@imagen/worker';
import type { Cloud } from './cloud.ts';
import { orAborted } from './or-aborted.ts';
import { say } from './output.ts';
import { UsageError } from './usage-error.ts';

/** Messages per Pull. */
const BATCH = 100;
/** Ack deadline of leases, in seconds: how long the messages of a killed command stay hidden. */
const LEASE_SECONDS = 60;
/** Time between renewals: two may fail before a lease runs out. */
const HEARTBEAT_MS = 20_000;
/** Ack ids per request, which may have 512 KiB. */
const MAX_ACK_IDS = 1_000;
/** gRPC codes, as in google.rpc.Code. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

/**
 * The messages of one subscription, leased so that each is seen once. Disposing of it gives back what was not acked:
 * those messages are there for the next command at once.
 */
export class LeasedMessages implements AsyncDisposable {
  readonly #name: string;
  readonly #subscription: Subscription;
  /** Message id → ack ids: more than one where Pub/Sub delivered it again. */
  readonly #leases = new Map<string, string[]>();
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(name: string, subscription: Subscription) {
    this.#name = name;
    this.#subscription = subscription;
    this.#heartbeat = setInterval(() => void this.#extend(LEASE_SECONDS), HEARTBEAT_MS);
  }

  /** Opens a subscription by its short name. @throws UsageError when it does not exist; the signal's reason */
  static async open(cloud: Cloud, name: string, signal: AbortSignal): Promise<LeasedMessages> {
    const subscription = subscriptionPath(cloud.projectId, name);
    // Connects too, so that an empty Pull means that nothing is there.
    const settings = cloud.subscriber
      .getSubscription({ subscription }, { timeout: 10_000, retry: null })
      .catch((error: unknown) => {
        // Who may pull need not be allowed to look at the settings.
        if (codeOf(error) !== PERMISSION_DENIED) throw explained(error, name);
      });
    await orAborted(settings, signal);
    return new LeasedMessages(name, openSubscription(cloud.subscriber, subscription));
  }

  /**
   * Every message that is there and was not seen before; leases it. What delivers nothing for `quietMs` has nothing.
   * @throws UsageError when it may not be pulled; the signal's reason
   */
  async *seen(signal: AbortSignal, quietMs: number): AsyncGenerator<ReceivedMessage> {
    for (;;) {
      const received = await this.#pull(signal, quietMs);
      // Enter all of them before the first is handed out: the caller may stop there.
      const fresh = received.filter((message) => this.#enter(message));
      signal.throwIfAborted();
      if (received.length === 0) return;
      yield* fresh;
    }
  }

  /** Acks messages by their ids; ids that are not leased do nothing. */
  async acknowledge(messageIds: readonly string[]): Promise<void> {
    const ackIds = messageIds.flatMap((messageId) => this.#leases.get(messageId) ?? []);
    for (const some of chunks(ackIds, MAX_ACK_IDS)) await this.#subscription.acknowledge(some);
    for (const messageId of messageIds) this.#leases.delete(messageId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    const isGivenBack = await this.#extend(0);
    if (!isGivenBack) say(`cannot give ${this.#name} back: seen again in ${LEASE_SECONDS} s`);
  }

  async #pull(signal: AbortSignal, quietMs: number): Promise<ReceivedMessage[]> {
    const quiet = AbortSignal.any([signal, AbortSignal.timeout(quietMs)]);
    try {
      return await this.#subscription.pull(BATCH, quiet);
    } catch (error) {
      throw explained(error, this.#name);
    }
  }

  /** True for a message that was not seen before. */
  #enter({ messageId, ackId }: ReceivedMessage): boolean {
    const ackIds = this.#leases.get(messageId);
    this.#leases.set(messageId, [...(ackIds ?? []), ackId]);
    return ackIds === undefined;
  }

  /** Moves the ack deadlines of all leases to `seconds` from now; false when that failed. */
  async #extend(seconds: number): Promise<boolean> {
    const some = chunks([...this.#leases.values()].flat(), MAX_ACK_IDS);
    const moves = some.map(async (ackIds) => this.#subscription.modifyAckDeadline(ackIds, seconds));
    const results = await Promise.allSettled(moves);
    return results.every(({ status }) => status === 'fulfilled');
  }
}

/** Splits a list into lists of at most `size`. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

function explained(error: unknown, name: string): unknown {
  const code = codeOf(error);
  const options = { cause: error };
  if (code === NOT_FOUND) {
    return new UsageError(`there is no subscription ${name}: is this the right project?`, options);
  }
  if (code === PERMISSION_DENIED) {
    return new UsageError(`you may not pull from ${name}: pubsub.subscriptions.consume`, options);
  }
  return error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : undefined;
}
