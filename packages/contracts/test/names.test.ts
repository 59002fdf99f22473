import { expect, it } from 'vitest';
import {
  deadLetterTopic,
  isOperationName,
  jobTopic,
  OPERATION_NAMES,
  recordObject,
  resultObject,
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
  expect(SUBSCRIPTIONS).toHaveLength(2 * OPERATION_NAMES.length);
});

it('knows an operation from the name of an inherited property', () => {
  expect(['upscale', 'toString', 'sharpen'].map(isOperationName)).toEqual([true, false, false]);
});
