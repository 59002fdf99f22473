import {
  ACK_DEADLINE_SECONDS,
  BACKOFF_MS,
  DELIVERY_ATTEMPTS,
  MIN_TTL_MS,
  RETENTION_MS,
  checkRange,
} from './limits.ts';
import { type Duration, type FieldMask, type SubscriptionSettings, toMs } from './messages.ts';
import { DELETED_TOPIC, checkName } from './resource-names.ts';
import { invalidArgument, unimplemented } from './rpc-error.ts';
import type { DeliveryPolicy } from './subscription-queue.ts';
import { applyUpdateMask } from './update-mask.ts';

const seconds = (value: number): Duration => ({ seconds: value, nanos: 0 });

// What the service fills in for what the request leaves out.
const DEFAULT_ACK_DEADLINE_SECONDS = 10;
const DEFAULT_RETENTION = seconds(7 * 86_400);
const DEFAULT_TTL = seconds(31 * 86_400);
const DEFAULT_MAX_DELIVERY_ATTEMPTS = 5;
const DEFAULT_MIN_BACKOFF = seconds(10);
const DEFAULT_MAX_BACKOFF = seconds(600);

/**
 * A requested subscription with defaults filled in.
 * @throws RpcError INVALID_ARGUMENT for what the service refuses, UNIMPLEMENTED for what this server lacks
 */
export function completeSubscription(requested: SubscriptionSettings): SubscriptionSettings {
  checkName('subscriptions', requested.name);
  refuseUnsupported(requested);
  const complete = {
    ...requested,
    state: 'ACTIVE',
    pushConfig: {},
    ackDeadlineSeconds: requested.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_SECONDS,
    messageRetentionDuration: requested.messageRetentionDuration ?? DEFAULT_RETENTION,
    expirationPolicy: requested.expirationPolicy ?? { ttl: DEFAULT_TTL },
    deadLetterPolicy: completeDeadLetterPolicy(requested.deadLetterPolicy),
    retryPolicy: completeRetryPolicy(requested.retryPolicy),
  };
  checkRange('ackDeadlineSeconds', complete.ackDeadlineSeconds, ACK_DEADLINE_SECONDS);
  const retentionMs = toMs(complete.messageRetentionDuration);
  checkRange('messageRetentionDuration in ms', retentionMs, RETENTION_MS);
  const { ttl } = complete.expirationPolicy;
  const ttlRange = { min: MIN_TTL_MS, max: Infinity };
  if (ttl !== null) checkRange('expirationPolicy.ttl in ms', toMs(ttl), ttlRange);
  return complete;
}

const UPDATABLE = [
  'ackDeadlineSeconds',
  'bigqueryConfig',
  'bigtableConfig',
  'cloudStorageConfig',
  'deadLetterPolicy',
  'enableExactlyOnceDelivery',
  'expirationPolicy',
  'labels',
  'messageRetentionDuration',
  'messageTransforms',
  'pushConfig',
  'retainAckedMessages',
  'retryPolicy',
];

/**
 * Complete settings after an update of the masked fields.
 * @throws RpcError as {@link completeSubscription}, and INVALID_ARGUMENT for an immutable field
 */
export function updateSubscription(
  current: SubscriptionSettings,
  requested: SubscriptionSettings,
  mask: FieldMask | null,
): SubscriptionSettings {
  return completeSubscription(applyUpdateMask(current, requested, mask, UPDATABLE));
}

/** What complete settings mean for the queue. */
export function deliveryPolicy(settings: SubscriptionSettings): DeliveryPolicy {
  const { minimumBackoff, maximumBackoff } = settings.retryPolicy ?? {};
  return {
    minBackoffMs: minimumBackoff ? toMs(minimumBackoff) : 0,
    maxBackoffMs: maximumBackoff ? toMs(maximumBackoff) : 0,
    maxDeliveryAttempts: maxDeliveryAttempts(settings),
  };
}

function maxDeliveryAttempts({ deadLetterPolicy }: SubscriptionSettings): number | undefined {
  // Without its topic a dead letter would be lost: go on redelivering.
  if (deadLetterPolicy?.deadLetterTopic === DELETED_TOPIC) return Infinity;
  return deadLetterPolicy?.maxDeliveryAttempts;
}

function completeDeadLetterPolicy(
  policy: SubscriptionSettings['deadLetterPolicy'],
): SubscriptionSettings['deadLetterPolicy'] {
  if (policy === null) return null;
  if (policy.deadLetterTopic !== DELETED_TOPIC) checkName('topics', policy.deadLetterTopic);
  const attempts = policy.maxDeliveryAttempts || DEFAULT_MAX_DELIVERY_ATTEMPTS;
  checkRange('deadLetterPolicy.maxDeliveryAttempts', attempts, DELIVERY_ATTEMPTS);
  return { ...policy, maxDeliveryAttempts: attempts };
}

function completeRetryPolicy(
  policy: SubscriptionSettings['retryPolicy'],
): SubscriptionSettings['retryPolicy'] {
  if (policy === null) return null;
  const minimumBackoff = policy.minimumBackoff ?? DEFAULT_MIN_BACKOFF;
  const maximumBackoff = policy.maximumBackoff ?? DEFAULT_MAX_BACKOFF;
  checkRange('retryPolicy.minimumBackoff in ms', toMs(minimumBackoff), BACKOFF_MS);
  checkRange('retryPolicy.maximumBackoff in ms', toMs(maximumBackoff), BACKOFF_MS);
  if (toMs(minimumBackoff) > toMs(maximumBackoff)) {
    throw invalidArgument('retryPolicy.minimumBackoff is larger than maximumBackoff; swap them.');
  }
  return { minimumBackoff, maximumBackoff };
}

function refuseUnsupported(settings: SubscriptionSettings): void {
  if (settings.pushConfig?.pushEndpoint) throw unimplemented('Push delivery (pushConfig)');
  if (settings.filter) throw unimplemented('A filter');
  if (settings.enableMessageOrdering) throw unimplemented('enableMessageOrdering');
  if (settings.enableExactlyOnceDelivery) throw unimplemented('enableExactlyOnceDelivery');
  if (settings.messageTransforms.length > 0) throw unimplemented('messageTransforms');
  const exports = ['bigqueryConfig', 'bigtableConfig', 'cloudStorageConfig'] as const;
  for (const field of exports) {
    if (settings[field] !== null) throw unimplemented(field);
  }
}
