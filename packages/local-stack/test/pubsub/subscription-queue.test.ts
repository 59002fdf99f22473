import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DeliveryPolicy, SubscriptionQueue } from '../../src/pubsub/subscription-queue.ts';
import { ModelledQueue, type Step } from './support/queue-model.ts';

const seconds = fc.integer({ min: 1, max: 60 });
const pick = fc.nat(100);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }), seconds }),
  fc.record({ kind: fc.constant('ack' as const), pick }),
  fc.record({ kind: fc.constant('modify' as const), pick, seconds: fc.nat(60) }),
  fc.record({ kind: fc.constant('elapse' as const), ms: fc.nat(120_000) }),
);

const policy: fc.Arbitrary<DeliveryPolicy> = fc
  .record({
    backoffs: fc.tuple(fc.nat(600_000), fc.nat(600_000)),
    maxDeliveryAttempts: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  })
  .map(({ backoffs, maxDeliveryAttempts }) => ({
    minBackoffMs: Math.min(...backoffs),
    maxBackoffMs: Math.max(...backoffs),
    maxDeliveryAttempts,
  }));

const NO_POLICY = { minBackoffMs: 0, maxBackoffMs: 0, maxDeliveryAttempts: undefined };
const TAKE = { maxMessages: 10, maxBytes: 10, ackDeadlineMs: 10_000 };

function queueOf(...sizes: number[]): SubscriptionQueue {
  const queue = new SubscriptionQueue(NO_POLICY);
  const message = { data: new Uint8Array(), attributes: {}, orderingKey: '', messageId: '' };
  queue.publish(
    sizes.map((sizeBytes) => ({ message: { ...message, publishTime: null }, sizeBytes })),
  );
  return queue;
}

it('every message is exactly one of queued, leased, acked and dead-lettered, and attempts count', () => {
  fc.assert(
    fc.property(policy, fc.array(step, { maxLength: 60, size: 'max' }), (delivery, steps) => {
      const queue = new ModelledQueue(delivery);
      for (const one of steps) {
        queue.run(one);
        expect(queue.observed()).toEqual(queue.predicted());
      }
    }),
    { numRuns: 200 },
  );
});

it('messages are taken oldest first', () => {
  const queue = queueOf(1, 2, 3);
  const sizes = [1, 2, 3].map(() => queue.take({ ...TAKE, maxMessages: 1 }, 0).sizeBytes);
  expect(sizes).toEqual([1, 2, 3]);
});

it('a take stops before the message that would exceed its bytes', () => {
  expect(queueOf(4, 6, 1).take(TAKE, 0)).toMatchObject({ sizeBytes: 10, messages: [{}, {}] });
});

it('a message that is larger than any take is given alone', () => {
  expect(queueOf(11, 1).take(TAKE, 0)).toMatchObject({ sizeBytes: 11, messages: [{}] });
});

it('back-off doubles from the minimum to the maximum', () => {
  const queue = queueOf(1);
  queue.setPolicy({ ...NO_POLICY, minBackoffMs: 1000, maxBackoffMs: 18_000 });
  let nowMs = 0;
  const backAtMs = Array.from({ length: 7 }, () => {
    const ackIds = queue.take(TAKE, nowMs).messages.map(({ ackId }) => ackId);
    queue.modifyAckDeadline(ackIds, 0, nowMs);
    // The lease of the take that is over may still be due first.
    while (queue.readyCount === 0) queue.advance((nowMs = queue.dueMs));
    return nowMs;
  });
  expect(backAtMs).toEqual([1000, 3000, 7000, 15_000, 31_000, 49_000, 67_000]);
});

it('ack ids of another subscription mean nothing here', () => {
  const [here, there] = [queueOf(1), queueOf(1)];
  here.take(TAKE, 0);
  const ackIds = there.take(TAKE, 0).messages.map(({ ackId }) => ackId);
  here.acknowledge(ackIds, 0);
  expect(here.leasedCount).toBe(1);
});

it('without a dead-letter topic to go to, a message is redelivered and attempts count on', () => {
  const queue = queueOf(1);
  queue.setPolicy({ ...NO_POLICY, maxDeliveryAttempts: Infinity });
  const attempts = Array.from({ length: 7 }, () => {
    const [message] = queue.take(TAKE, 0).messages;
    queue.modifyAckDeadline([message?.ackId ?? ''], 0, 0);
    return message?.deliveryAttempt;
  });
  expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
