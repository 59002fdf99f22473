import { subscriptionPath, workerSubscription } from '@imagen/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  isFatalPullError,
  openSubscription,
  type Subscription,
} from '../../src/gcp/subscription.ts';
import { type LocalCloud, startLocalCloud } from '../support/local-cloud.ts';

const running = new AbortController().signal;
let cloud: LocalCloud;
let subscription: Subscription;

const open = (name: string): Subscription =>
  openSubscription(cloud.subscriber, subscriptionPath(cloud.projectId, name));

beforeAll(async () => {
  cloud = await startLocalCloud();
  subscription = open(workerSubscription('comic'));
});
afterAll(async () => cloud[Symbol.asyncDispose]());

it('receives a message with all a delivery needs, once it was published', async () => {
  const before = Date.now();
  const pulled = subscription.pull(4, running);
  await cloud.publishRaw('comic', 'hello', { jobId: 'job-1' });
  const [message] = await pulled;
  expect(Buffer.from(message?.data ?? []).toString()).toBe('hello');
  expect(message).toMatchObject({ attributes: { jobId: 'job-1' }, deliveryAttempt: 1 });
  expect(Math.abs((message?.publishedAt.getTime() ?? 0) - before)).toBeLessThan(10_000);
  await subscription.acknowledge([message?.ackId ?? '']);
});

it('gives a message back at deadline 0: it comes again, as the next attempt', async () => {
  const impatient = openSubscription(
    cloud.subscriber,
    await cloud.subscribeWithoutBackoff('comic'),
  );
  await cloud.publishRaw('comic', 'again');
  const [first] = await impatient.pull(1, running);
  await impatient.modifyAckDeadline([first?.ackId ?? ''], 0);
  const [second] = await impatient.pull(1, running);
  expect(second).toMatchObject({ messageId: first?.messageId, deliveryAttempt: 2 });
});

it('ends a hanging Pull at once, and empty, when it is told to stop', async () => {
  const stopping = new AbortController();
  const pulled = open(workerSubscription('aged')).pull(1, stopping.signal);
  stopping.abort();
  expect(await pulled).toEqual([]);
});

it('tells the error of a missing subscription from one that may pass', async () => {
  const error: unknown = await open('none')
    .pull(1, running)
    .catch((caught: unknown) => caught);
  expect(isFatalPullError(error)).toBe(true);
  expect(isFatalPullError(new Error('reset'))).toBe(false);
});
