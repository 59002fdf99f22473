import type { SubscriptionMessage } from '@imagen/worker';
import { type SettingField, showSeconds } from './setting-fields.ts';

/** What Pub/Sub does where a message says nothing. */
const DEFAULT_TTL_SECONDS = 31 * 86_400;

/** Every setting of a subscription that imagen's work depends on. */
export const SUBSCRIPTION_FIELDS: readonly SettingField<SubscriptionMessage>[] = [
  { word: 'topic', field: 'topic', isFixed: true, show: (it) => shortName(it, it.topic) },
  { word: 'filter', field: 'filter', isFixed: true, show: ({ filter }) => filter || 'none' },
  {
    word: 'message ordering',
    field: 'enableMessageOrdering',
    isFixed: true,
    show: ({ enableMessageOrdering }) => onOrOff(enableMessageOrdering),
  },
  {
    word: 'detached',
    field: 'detached',
    isFixed: true,
    show: ({ detached }) => (detached ? 'yes' : 'no'),
  },
  {
    word: 'ack deadline',
    field: 'ackDeadlineSeconds',
    show: ({ ackDeadlineSeconds }) => `${ackDeadlineSeconds} s`,
  },
  {
    word: 'message retention',
    field: 'messageRetentionDuration',
    show: ({ messageRetentionDuration }) => showSeconds(secondsOf(messageRetentionDuration)),
  },
  {
    word: 'retention of acked messages',
    field: 'retainAckedMessages',
    show: ({ retainAckedMessages }) => onOrOff(retainAckedMessages),
  },
  { word: 'expires', field: 'expirationPolicy', show: showExpiration },
  { word: 'redelivery', field: 'retryPolicy', show: showRetry },
  { word: 'dead letters', field: 'deadLetterPolicy', show: showDeadLetters },
  {
    word: 'delivery',
    field: 'pushConfig',
    show: ({ pushConfig }) =>
      pushConfig?.pushEndpoint ? `push to ${pushConfig.pushEndpoint}` : 'pull',
  },
  {
    word: 'exactly-once delivery',
    field: 'enableExactlyOnceDelivery',
    show: ({ enableExactlyOnceDelivery }) => onOrOff(enableExactlyOnceDelivery),
  },
];

/** A duration of the API in seconds; 0 where there is none. */
export function secondsOf(duration: SubscriptionMessage['messageRetentionDuration']): number {
  return Number(duration?.seconds ?? 0) + (duration?.nanos ?? 0) / 1e9;
}

function showExpiration({ expirationPolicy: policy }: SubscriptionMessage): string {
  if (policy && !policy.ttl) return 'never';
  return `after ${showSeconds(secondsOf(policy?.ttl) || DEFAULT_TTL_SECONDS)} without use`;
}

function showRetry({ retryPolicy }: SubscriptionMessage): string {
  if (!retryPolicy) return 'at once';
  const { minimumBackoff, maximumBackoff } = retryPolicy;
  return `after ${secondsOf(minimumBackoff)} s to ${secondsOf(maximumBackoff)} s`;
}

function showDeadLetters(message: SubscriptionMessage): string {
  const { deadLetterPolicy } = message;
  if (!deadLetterPolicy?.deadLetterTopic) return 'none';
  const { deadLetterTopic, maxDeliveryAttempts } = deadLetterPolicy;
  return `to ${shortName(message, deadLetterTopic)} after ${maxDeliveryAttempts} deliveries`;
}

/** Topics of the subscription's own project without it. */
function shortName({ name }: SubscriptionMessage, topic: string | null | undefined): string {
  const project = name?.split('/subscriptions/')[0];
  return (topic ?? '').replace(`${project}/topics/`, '');
}

function onOrOff(value: boolean | null | undefined): string {
  return value ? 'on' : 'off';
}
