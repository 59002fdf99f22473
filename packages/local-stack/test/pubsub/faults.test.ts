import { status } from '@grpc/grpc-js';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type PubSubServer, startPubSub } from '@imagen/local-stack/pubsub';

const TOPIC = 'projects/imagen-test/topics/faults';
const SUBSCRIPTION = 'projects/imagen-test/subscriptions/faults';
/** The client's own retries would hide a fault. */
const once = { retry: null, timeout: 5_000 };
let server: PubSubServer;
let publisher: v1.PublisherClient;
let subscriber: v1.SubscriberClient;

beforeAll(async () => {
  server = await startPubSub({ journal: true });
  const [apiEndpoint = '', port] = server.address.split(':');
  const options = { apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() };
  publisher = new v1.PublisherClient(options);
  subscriber = new v1.SubscriberClient(options);
  await publisher.createTopic({ name: TOPIC });
});
afterAll(async () => {
  await Promise.all([publisher.close(), subscriber.close(), server.stop()]);
});
beforeEach(async () => {
  await subscriber.createSubscription({
    name: SUBSCRIPTION,
    topic: TOPIC,
    ackDeadlineSeconds: 600,
  });
  return async () => subscriber.deleteSubscription({ subscription: SUBSCRIPTION });
});

async function publish(text: string): Promise<string> {
  const messages = [{ data: Buffer.from(text) }];
  const [{ messageIds }] = await publisher.publish({ topic: TOPIC, messages }, once);
  return messageIds?.[0] ?? '';
}

/** What is there now: message id → ack id. */
async function peek(): Promise<Record<string, string>> {
  const request = { subscription: SUBSCRIPTION, maxMessages: 10, returnImmediately: true };
  const [{ receivedMessages }] = await subscriber.pull(request, once);
  const pairs = (receivedMessages ?? []).map(({ message, ackId }) => [message?.messageId, ackId]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

it('an unavailable Publish publishes nothing, as often as it was said', async () => {
  const fault = server.faults.add({ on: 'Publish', effect: { kind: 'unavailable' }, times: 2 });
  for (const text of ['a', 'b']) {
    await expect(publish(text)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  }
  const messageId = await publish('c');
  expect(Object.keys(await peek())).toEqual([messageId]);
  expect(fault.struck).toBe(2);
});

it('a window of unavailability ends when its fault is removed', async () => {
  const fault = server.faults.add({ on: 'Pull', effect: { kind: 'unavailable' } });
  await expect(peek()).rejects.toMatchObject({ code: status.UNAVAILABLE });
  fault.remove();
  expect(await peek()).toEqual({});
});

it('a Publish whose response is lost has published', async () => {
  server.faults.add({ on: 'Publish', effect: { kind: 'lose-response' }, times: 1 });
  await expect(publish('a')).rejects.toMatchObject({ code: status.UNAVAILABLE });
  const published = server.journal.findLast(({ rpc }) => rpc === 'Publish');
  expect(published).toMatchObject({ outcome: 'OK', fault: 'lose-response', resource: TOPIC });
  expect(Object.keys(await peek())).toEqual(published?.messageIds);
});

it('a Pull whose response is lost has leased its messages', async () => {
  await publish('a');
  server.faults.add({ on: 'Pull', effect: { kind: 'lose-response' }, times: 1 });
  await expect(peek()).rejects.toMatchObject({ code: status.UNAVAILABLE });
  expect(await peek()).toEqual({});
});

it('an ignored ack leaves the message leased', async () => {
  const messageId = await publish('a');
  const { [messageId]: ackId = '' } = await peek();
  server.faults.add({ on: 'Acknowledge', effect: { kind: 'ignore' }, times: 1 });
  await subscriber.acknowledge({ subscription: SUBSCRIPTION, ackIds: [ackId] });
  await subscriber.modifyAckDeadline({
    subscription: SUBSCRIPTION,
    ackIds: [ackId],
    ackDeadlineSeconds: 0,
  });
  expect(Object.keys(await peek())).toEqual([messageId]);
  expect(server.journal.findLast(({ rpc }) => rpc === 'Acknowledge')).toMatchObject({
    outcome: 'NOT_DONE',
    ackIds: [ackId],
  });
});

it('a duplicate is the same message under another ack id', async () => {
  server.faults.add({ on: 'Pull', effect: { kind: 'duplicate' }, times: 1 });
  const messageId = await publish('a');
  const [first, second] = [await peek(), await peek()];
  expect([Object.keys(first), Object.keys(second)]).toEqual([[messageId], [messageId]]);
  expect(first[messageId]).not.toBe(second[messageId]);
  expect(await peek()).toEqual({});
});

it('a delayed ack is done later', async () => {
  const messageId = await publish('a');
  const ackIds = Object.values(await peek());
  server.faults.add({ on: 'Acknowledge', effect: { kind: 'delay', delayMs: 50 }, times: 1 });
  const acked = subscriber.acknowledge({ subscription: SUBSCRIPTION, ackIds });
  await subscriber.modifyAckDeadline({
    subscription: SUBSCRIPTION,
    ackIds,
    ackDeadlineSeconds: 0,
  });
  expect(Object.keys(await peek())).toEqual([messageId]);
  await acked;
});

it('the journal follows a message from Publish to Acknowledge', async () => {
  const messageId = await publish('a');
  const { [messageId]: ackId = '' } = await peek();
  await subscriber.acknowledge({ subscription: SUBSCRIPTION, ackIds: [ackId] });
  expect(server.journal.slice(-3)).toMatchObject([
    { rpc: 'Publish', resource: TOPIC, messageIds: [messageId], outcome: 'OK' },
    { rpc: 'Pull', resource: SUBSCRIPTION, messageIds: [messageId], ackIds: [ackId] },
    { rpc: 'Acknowledge', resource: SUBSCRIPTION, ackIds: [ackId], outcome: 'OK' },
  ]);
});
