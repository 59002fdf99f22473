import type { protos } from '@google-cloud/pubsub';
import {
  SUBSCRIPTIONS,
  type SubscriptionPlan,
  subscriptionPath,
  topicPath,
  TOPICS,
} from '@imagen/contracts';
import type { CloudClients } from './clients.ts';

/** Creates every topic and subscription of imagen, and the given buckets, in an empty project. */
export async function provision(
  { publisher, subscriber, storage }: CloudClients,
  projectId: string,
  buckets: readonly string[],
): Promise<void> {
  await Promise.all([
    ...buckets.map(async (bucket) => storage.createBucket(bucket)),
    ...TOPICS.map(async (topic) => publisher.createTopic({ name: topicPath(projectId, topic) })),
  ]);
  await Promise.all(
    SUBSCRIPTIONS.map(async (plan) =>
      subscriber.createSubscription(subscriptionMessage(projectId, plan)),
    ),
  );
}

/** A subscription as the Pub/Sub API takes and gives it. */
export type SubscriptionMessage = protos.google.pubsub.v1.ISubscription;

/** The one statement of what a subscription of imagen is set to, for the API. */
export function subscriptionMessage(
  projectId: string,
  plan: SubscriptionPlan,
): SubscriptionMessage {
  return {
    name: subscriptionPath(projectId, plan.subscription),
    topic: topicPath(projectId, plan.topic),
    ackDeadlineSeconds: plan.ackDeadlineSeconds,
    messageRetentionDuration: seconds(7 * 24 * 3600),
    // An empty policy means never.
    expirationPolicy: {},
    ...(plan.retry && {
      retryPolicy: {
        minimumBackoff: seconds(plan.retry.minBackoffSeconds),
        maximumBackoff: seconds(plan.retry.maxBackoffSeconds),
      },
    }),
    ...(plan.deadLetter && {
      deadLetterPolicy: {
        deadLetterTopic: topicPath(projectId, plan.deadLetter.topic),
        maxDeliveryAttempts: plan.deadLetter.maxDeliveryAttempts,
      },
    }),
  };
}

function seconds(value: number): protos.google.protobuf.IDuration {
  return { seconds: value };
}
