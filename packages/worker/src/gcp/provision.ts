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
    SUBSCRIPTIONS.map(async (plan) => subscriber.createSubscription(settings(projectId, plan))),
  );
}

function settings(projectId: string, plan: SubscriptionPlan): object {
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

function seconds(value: number): object {
  return { seconds: value };
}
