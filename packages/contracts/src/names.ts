import type { OutputFormat } from './job.ts';
import { OPERATION_NAMES, type OperationName } from './operations.ts';

/** Topic that jobs of an operation are published to. */
export const jobTopic = (operation: OperationName): string => `imagen-${operation}`;

/** Subscription that the workers of an operation pull from. */
export const workerSubscription = (operation: OperationName): string =>
  `imagen-${operation}-workers`;

/** Topic that undeliverable jobs of an operation are forwarded to. */
export const deadLetterTopic = (operation: OperationName): string => `imagen-${operation}-dlq`;

/** Subscription on the dead-letter topic from which workers give every dead letter's job its failed record. */
export const finaliserSubscription = (operation: OperationName): string =>
  `imagen-${operation}-dlq-finaliser`;

/** Subscription on the dead-letter topic that keeps the dead letters for operators: `imagen dlq`. */
export const reviewSubscription = (operation: OperationName): string =>
  `imagen-${operation}-dlq-review`;

/** Topic that every finished job is announced on. */
export const EVENTS_TOPIC = 'imagen-job-events';

const EXTENSIONS: Record<OutputFormat, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  avif: 'avif',
};

/** What the names of an operation's results start with, in the results bucket. */
export const resultFolder = (operation: OperationName): string => `${operation}/`;

/** What the names of all terminal records start with, in the results bucket. */
export const RECORD_FOLDER = 'jobs/';

/** Object name of a result in the results bucket, e.g. `comic/job-1.png`. */
export const resultObject = (
  operation: OperationName,
  jobId: string,
  format: OutputFormat,
): string => `${resultFolder(operation)}${jobId}.${EXTENSIONS[format]}`;

/** Object name of a job's terminal record in the results bucket. */
export const recordObject = (jobId: string): string => `${RECORD_FOLDER}${jobId}.json`;

/** Full resource name of a topic, as the Pub/Sub API wants it. */
export const topicPath = (projectId: string, topic: string): string =>
  `projects/${projectId}/topics/${topic}`;

/** Full resource name of a subscription. */
export const subscriptionPath = (projectId: string, subscription: string): string =>
  `projects/${projectId}/subscriptions/${subscription}`;

/** A subscription as imagen needs it; times in seconds. */
export interface SubscriptionPlan {
  readonly subscription: string;
  readonly topic: string;
  readonly ackDeadlineSeconds: number;
  readonly retry?: { readonly minBackoffSeconds: number; readonly maxBackoffSeconds: number };
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
}

/** Every topic imagen uses. */
export const TOPICS: readonly string[] = [
  ...OPERATION_NAMES.flatMap((operation) => [jobTopic(operation), deadLetterTopic(operation)]),
  EVENTS_TOPIC,
];

/** Every subscription imagen uses. All of them never expire and retain unacked messages for 7 days. */
export const SUBSCRIPTIONS: readonly SubscriptionPlan[] = OPERATION_NAMES.flatMap((operation) => [
  {
    subscription: workerSubscription(operation),
    topic: jobTopic(operation),
    ackDeadlineSeconds: 30,
    retry: { minBackoffSeconds: 5, maxBackoffSeconds: 120 },
    deadLetter: { topic: deadLetterTopic(operation), maxDeliveryAttempts: 10 },
  },
  {
    subscription: finaliserSubscription(operation),
    topic: deadLetterTopic(operation),
    ackDeadlineSeconds: 60,
    // What cannot be written now is given back: not at once, or an outage would be a loop.
    retry: { minBackoffSeconds: 10, maxBackoffSeconds: 600 },
  },
  {
    subscription: reviewSubscription(operation),
    topic: deadLetterTopic(operation),
    // No back-off: what one command has listed and given back, the next one sees.
    ackDeadlineSeconds: 60,
  },
]);
