import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkMessages } from '../../src/pubsub/limits.ts';
import { openInbox } from './support/inbox.ts';
import { connectLocal, useClients } from './support/target.ts';

const clients = useClients(connectLocal);
const invalid = { code: status.INVALID_ARGUMENT };

const message = (attributes: Record<string, string>, data = 'a', orderingKey = '') => ({
  data: Buffer.from(data),
  attributes,
  orderingKey,
  messageId: '',
  publishTime: null,
});
const attributes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, 'value']));

it.each([
  ['1000 messages', Array.from({ length: 1000 }, () => message({}))],
  ['100 attributes', [message(attributes(100))]],
  ['a key of 256 bytes', [message({ ['é'.repeat(128)]: '' })]],
  ['a value of 1024 bytes', [message({ key: 'é'.repeat(512) })]],
  ['attributes without data', [message({ key: '' }, '')]],
  ['an ordering key of 1024 bytes', [message({}, 'a', 'k'.repeat(1024))]],
])('%s can be published', (_, messages) => {
  expect(() => checkMessages(messages)).not.toThrow();
});

it.each([
  ['no message', []],
  ['1001 messages', Array.from({ length: 1001 }, () => message({}))],
  ['101 attributes', [message(attributes(101))]],
  ['a key of 257 bytes', [message({ [`${'é'.repeat(128)}k`]: '' })]],
  ['an empty key', [message({ '': 'value' })]],
  ['a value of 1025 bytes', [message({ key: `${'é'.repeat(512)}v` })]],
  ['neither data nor attributes', [message({}, '')]],
  ['an ordering key of 1025 bytes', [message({}, 'a', 'k'.repeat(1025))]],
])('%s cannot be published', (_, messages) => {
  expect(() => checkMessages(messages)).toThrow(expect.objectContaining(invalid));
});

it('a message of almost 10 MiB arrives, one of 10 MiB is refused', async () => {
  const { topic, subscription } = await openInbox(clients);
  const data = Buffer.alloc(10 * 1024 * 1024, 'x');
  const messages = [{ data: data.subarray(0, -200) }];
  await clients.publisher.publish({ topic, messages });
  const [{ receivedMessages }] = await clients.subscriber.pull({ subscription, maxMessages: 5 });
  expect(receivedMessages?.map((received) => received.message?.data?.length)).toEqual([
    data.length - 200,
  ]);
  const publishing = clients.publisher.publish({ topic, messages: [{ data }] });
  await expect(publishing).rejects.toMatchObject(invalid);
});

it.each(['acknowledge', 'modifyAckDeadline'] as const)(
  'a request to %s has at most 512 KiB',
  async (method) => {
    const { subscription } = await openInbox(clients);
    const request = (ackIds: string[]) => ({ subscription, ackIds, ackDeadlineSeconds: 10 });
    const ackId = 'a'.repeat(1000);
    await clients.subscriber[method](request(Array.from({ length: 500 }, () => ackId)));
    const tooLarge = request(Array.from({ length: 525 }, () => ackId));
    await expect(clients.subscriber[method](tooLarge)).rejects.toMatchObject(invalid);
  },
);

it.each([-1, 601])('an ack deadline cannot be modified to %i s', async (ackDeadlineSeconds) => {
  const { subscription } = await openInbox(clients);
  const request = { subscription, ackIds: ['a'], ackDeadlineSeconds };
  await expect(clients.subscriber.modifyAckDeadline(request)).rejects.toMatchObject(invalid);
});

it('ack ids must be given', async () => {
  const { subscription } = await openInbox(clients);
  const request = { subscription, ackIds: [] };
  await expect(clients.subscriber.acknowledge(request)).rejects.toMatchObject(invalid);
});

const outside = (min: number, max: number) =>
  fc.oneof(fc.integer({ min: -1e6, max: min - 1 }), fc.integer({ min: max + 1, max: 1e8 }));

it('durations outside their range are refused, whatever they are', async () => {
  const back = outside(0, 600).map((seconds) => ({ retryPolicy: { maximumBackoff: { seconds } } }));
  const retention = outside(600, 2_678_400).map((seconds) => ({
    messageRetentionDuration: { seconds },
  }));
  const ttl = fc
    .integer({ min: -5, max: 86_399 })
    .map((seconds) => ({ expirationPolicy: { ttl: { seconds } } }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(back, retention, ttl), async (settings) => {
      await expect(openInbox(clients, settings)).rejects.toMatchObject(invalid);
    }),
    { numRuns: 60 },
  );
});

it('a minimum back-off above the maximum is refused', async () => {
  const retryPolicy = { minimumBackoff: { seconds: 20 }, maximumBackoff: { seconds: 10 } };
  await expect(openInbox(clients, { retryPolicy })).rejects.toMatchObject(invalid);
});
