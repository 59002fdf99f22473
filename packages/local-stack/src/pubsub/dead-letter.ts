import { type SubscriptionSettings, toMs } from './messages.ts';
import { splitName } from './resource-names.ts';
import type { DeadLetter, StoredMessage } from './subscription-queue.ts';

/** A message without what the server gives it when it is published. */
export type Content = Pick<StoredMessage['message'], 'data' | 'attributes' | 'orderingKey'>;

/** What is published to the dead-letter topic: the message, and attributes that say where it came from. */
export function deadLetterContent(
  { stored, deliveryAttempts }: DeadLetter,
  source: SubscriptionSettings,
): Content {
  const { message } = stored;
  const { project, id } = splitName(source.name);
  const publishedMs = message.publishTime === null ? 0 : toMs(message.publishTime);
  return {
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveryAttempts),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(publishedMs)
        .toISOString()
        .replace('Z', '+00:00'),
    },
  };
}
