import type { PubsubMessage } from './messages.ts';
import { invalidArgument } from './rpc-error.ts';

// Quotas and limits of the real service: https://cloud.google.com/pubsub/quotas#resource_limits

/** Largest request, and so the largest message, in bytes (10 MB as the service counts them). */
export const MAX_REQUEST_BYTES = 10_485_760;

/** Largest Acknowledge and ModifyAckDeadline request, in bytes (512 KiB). */
export const MAX_ACK_REQUEST_BYTES = 524_288;

/** Most messages in one Publish request, and in one Pull response. */
export const MAX_MESSAGES_PER_REQUEST = 1000;

/** Range of `ackDeadlineSeconds` of subscriptions and streams. */
export const ACK_DEADLINE_SECONDS = { min: 10, max: 600 } as const;

const MODIFIED_DEADLINE_SECONDS = { min: 0, max: 600 };

/** Range of `maxDeliveryAttempts`. */
export const DELIVERY_ATTEMPTS = { min: 5, max: 100 } as const;

/** Range of a retry policy's back-offs. */
export const BACKOFF_MS = { min: 0, max: 600_000 } as const;

/** Range of a message retention: 10 minutes to 31 days. */
export const RETENTION_MS = { min: 600_000, max: 2_678_400_000 } as const;

/** Shortest time to live of an idle subscription: one day. */
export const MIN_TTL_MS = 86_400_000;

const MAX_ATTRIBUTES = 100;
const MAX_ATTRIBUTE_KEY_BYTES = 256;
const MAX_ATTRIBUTE_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

/** Refuses (INVALID_ARGUMENT) a value outside an inclusive range; `what` names it with its unit. */
export function checkRange(
  what: string,
  value: number,
  range: { readonly min: number; readonly max: number },
): void {
  // Written so that NaN is refused too.
  if (value >= range.min && value <= range.max) return;
  const allowed =
    range.max === Infinity ? `at least ${range.min}` : `between ${range.min} and ${range.max}`;
  throw invalidArgument(`${what} is ${value}; it must be ${allowed}.`);
}

/** Refuses (INVALID_ARGUMENT) what no ack deadline can be modified to; 0 means nack. */
export function checkModifiedDeadline(seconds: number): void {
  checkRange('The modified ack deadline in seconds', seconds, MODIFIED_DEADLINE_SECONDS);
}

function checkBytes(what: string, text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw invalidArgument(`${what} has ${bytes} bytes; at most ${maxBytes} are allowed.`);
  }
}

function checkMessage(message: PubsubMessage): void {
  const attributes = Object.entries(message.attributes);
  if (message.data.length === 0 && attributes.length === 0) {
    throw invalidArgument('A message has neither data nor attributes; give it at least one.');
  }
  if (attributes.length > MAX_ATTRIBUTES) {
    throw invalidArgument(
      `A message has ${attributes.length} attributes; at most ${MAX_ATTRIBUTES} are allowed.`,
    );
  }
  for (const [key, value] of attributes) {
    if (key === '') throw invalidArgument('An attribute key is empty; name the attribute.');
    checkBytes('An attribute key', key, MAX_ATTRIBUTE_KEY_BYTES);
    checkBytes(`The value of attribute ${key}`, value, MAX_ATTRIBUTE_VALUE_BYTES);
  }
  checkBytes('The ordering key', message.orderingKey, MAX_ORDERING_KEY_BYTES);
}

/**
 * Checks the messages of one Publish request; their size is bounded by the request's.
 * @throws RpcError INVALID_ARGUMENT
 */
export function checkMessages(messages: readonly PubsubMessage[]): void {
  checkRange('The number of messages to publish', messages.length, {
    min: 1,
    max: MAX_MESSAGES_PER_REQUEST,
  });
  messages.forEach(checkMessage);
}
