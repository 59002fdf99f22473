import { expect, it } from 'vitest';
import {
  deadLetterTopic,
  finaliserSubscription,
  isOperationName,
  jobTopic,
  OPERATION_NAMES,
  recordObject,
  resultObject,
  reviewSubscription,
  SUBSCRIPTIONS,
  TOPICS,
  workerSubscription,
} from '@imagen/contracts';

it('names topics, subscriptions and objects after the operation', () => {
  expect(jobTopic('bg-remove')).toBe('imagen-bg-remove');
  expect(workerSubscription('aged')).toBe('imagen-aged-workers');
  expect(deadLetterTopic('comic')).toBe('imagen-comic-dlq');
  expect(resultObject('upscale', 'job-1', 'jpeg')).toBe('upscale/job-1.jpg');
  expect(recordObject('job-1')).toBe('jobs/job-1.json');
});

it('every topic that can receive a message has a subscription, or its messages would be lost', () => {
  const subscribed = new Set(SUBSCRIPTIONS.map(({ topic }) => topic));
  expect(TOPICS.filter((topic) => !subscribed.has(topic))).toEqual(['imagen-job-events']);
  expect(SUBSCRIPTIONS).toHaveLength(3 * OPERATION_NAMES.length);
});

it('a dead letter goes to the finaliser and to the operators, who see at once what was given back', () => {
  const plans = SUBSCRIPTIONS.filter(({ topic }) => topic === deadLetterTopic('comic'));
  expect(plans).toMatchObject([
    { subscription: finaliserSubscription('comic'), retry: { minBackoffSeconds: 10 } },
    { subscription: reviewSubscription('comic') },
  ]);
  expect(plans[1]).not.toHaveProperty('retry');
  expect(plans.every((plan) => plan.deadLetter === undefined)).toBe(true);
});

it('knows an operation from the name of an inherited property', () => {
  expect(['upscale', 'toString', 'sharpen'].map(isOperationName)).toEqual([true, false, false]);
});
