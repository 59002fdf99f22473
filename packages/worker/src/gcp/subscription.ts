import type { protos, v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import { limitTime } from '../time-limit.ts';
import { codeOf, withRetries } from './retry.ts';

/** A message under lease. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly messageId: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishedAt: Date;
  /** `performance.now()` when it was received. */
  readonly receivedAtMs: number;
  /** 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

/** One subscription, by unary calls, so that the outcome of each is known. */
export interface Subscription {
  /** Waits for messages, at most `maxMessages`; resolves empty when there were none for a while. */
  pull(maxMessages: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  /** Tried again for as long as the lease may last: an ack that is lost costs a redelivery. */
  acknowledge(ackIds: readonly string[]): Promise<void>;
  /** Moves the ack deadline to `seconds` from now; 0 gives the messages back. */
  modifyAckDeadline(ackIds: readonly string[], seconds: number): Promise<void>;
}

/** How long one Pull may hang before it is asked again. */
const PULL_TIMEOUT_MS = 90_000;
/** One try of an ack or a lease renewal. */
const ACK_TIMEOUT_MS = 5_000;
/** An ack is worthless when the lease has run out. */
const ACK_LIMIT_MS = 20_000;

/** gRPC code of a Pull that got no message in time. */
const PULL_TIMED_OUT: number = status.DEADLINE_EXCEEDED;
/** gRPC codes of a Pull that cannot be mended by asking again. */
const FATAL_CODES: ReadonlySet<number> = new Set([
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.INVALID_ARGUMENT,
]);

/** True for an error of a Pull that needs a person: the subscription is missing or forbidden. */
export function isFatalPullError(error: unknown): boolean {
  return FATAL_CODES.has(codeOf(error));
}

/** Opens a subscription by its full resource name. */
export function openSubscription(client: v1.SubscriberClient, subscription: string): Subscription {
  return {
    async pull(maxMessages, signal) {
      await client.initialize();
      // Of the generated methods only the inner one can be cancelled.
      const pull = client.innerApiCalls['pull'] as PullMethod;
      const call = pull({ subscription, maxMessages }, once(PULL_TIMEOUT_MS));
      const messages = await cancelOnAbort(call, signal);
      return messages.map((received) => ({
        ackId: received.ackId ?? '',
        messageId: received.message?.messageId ?? '',
        data: toBytes(received.message?.data),
        attributes: received.message?.attributes ?? {},
        publishedAt: toDate(received.message?.publishTime),
        receivedAtMs: performance.now(),
        deliveryAttempt: received.deliveryAttempt ?? 0,
      }));
    },
    async acknowledge(ackIds) {
      using limit = limitTime(ACK_LIMIT_MS);
      await withRetries({ signal: limit.signal, tryLimitMs: ACK_TIMEOUT_MS }, async () =>
        client.acknowledge({ subscription, ackIds: [...ackIds] }, once(ACK_TIMEOUT_MS)),
      );
    },
    async modifyAckDeadline(ackIds, seconds) {
      const request = { subscription, ackIds: [...ackIds], ackDeadlineSeconds: seconds };
      await client.modifyAckDeadline(request, once(ACK_TIMEOUT_MS));
    },
  };
}

/** Options of a call: no retries by the library, the consumer asks again by itself. */
function once(timeout: number): object {
  return { timeout, retry: null };
}

type PullMethod = (request: object, options: object) => PullCall;
type PullCall = Promise<[PullResponse, ...unknown[]]> & { cancel(): void };
type PullResponse = protos.google.pubsub.v1.IPullResponse;
type PulledMessages = NonNullable<PullResponse['receivedMessages']>;

/** A hanging Pull ends empty when the signal aborts or its time is up. */
async function cancelOnAbort(call: PullCall, signal: AbortSignal): Promise<PulledMessages> {
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) cancel();
    const [response] = await call;
    return response.receivedMessages ?? [];
  } catch (error) {
    if (signal.aborted || codeOf(error) === PULL_TIMED_OUT) return [];
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function toBytes(data: Uint8Array | string | null | undefined): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'base64') : (data ?? new Uint8Array(0));
}

function toDate(time: protos.google.protobuf.ITimestamp | null | undefined): Date {
  return new Date(Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6);
}
