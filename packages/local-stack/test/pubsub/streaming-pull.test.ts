import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { openInbox, texts } from './support/inbox.ts';
import { openStream } from './support/raw-stream.ts';
import { connectLocal, useClients } from './support/target.ts';

const clients = useClients(connectLocal);

async function open(request: Parameters<typeof openStream>[1] = {}) {
  const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
  const stream = await openStream(clients, { subscription: inbox.subscription, ...request });
  return { inbox, stream };
}

it('a stream says first what its subscription promises', async () => {
  const { stream } = await open();
  expect(await stream.response()).toMatchObject({
    subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: false },
  });
  await stream.end();
});

it('a stream gets a new message only when an outstanding one is acked', async () => {
  const { inbox, stream } = await open({ maxOutstandingMessages: 2 });
  await inbox.publish('a', 'b', 'c');
  const [first] = await stream.messages();
  expect(await inbox.peek()).toMatchObject([{ text: 'c' }]);
  await inbox.publish('d');
  stream.send({ ackIds: [first?.ackId ?? ''] });
  expect(await stream.messages()).toMatchObject([{ text: 'd' }]);
  await stream.end();
});

it('a stream gets no message while its outstanding bytes are used up', async () => {
  const { inbox, stream } = await open({ maxOutstandingBytes: 3 });
  await inbox.publish('aa', 'bb', 'cc');
  const [first, second] = [...(await stream.messages()), ...(await stream.messages())];
  expect(texts(await inbox.peek())).toEqual(['cc']);
  await inbox.publish('dd');
  stream.send({ ackIds: [first?.ackId ?? '', second?.ackId ?? ''] });
  expect(await stream.messages()).toMatchObject([{ text: 'dd' }]);
  await stream.end();
});

it('a nack frees room too, and a lapsed lease', async () => {
  const { inbox, stream } = await open({ maxOutstandingMessages: 1 });
  await inbox.publish('a');
  const [first] = await stream.messages();
  stream.send({ modifyDeadlineAckIds: [first?.ackId ?? ''], modifyDeadlineSeconds: [0] });
  expect(await stream.messages()).toMatchObject([{ text: 'a' }]);
  await clients.elapse(10_000);
  expect(await stream.messages()).toMatchObject([{ text: 'a' }]);
  await stream.end();
});

it("the stream's ack deadline counts, not the subscription's, and can be changed", async () => {
  const { inbox, stream } = await open({ streamAckDeadlineSeconds: 20, protocolVersion: 1 });
  await stream.response();
  stream.send({ streamAckDeadlineSeconds: 30 });
  await stream.response();
  await inbox.publish('a');
  await stream.messages();
  await stream.end();
  await clients.elapse(29_000);
  expect(await inbox.peek()).toEqual([]);
  await clients.elapse(1000);
  expect(texts(await inbox.peek())).toEqual(['a']);
});

it('two streams of one subscription share its messages', async () => {
  const { inbox, stream } = await open({ maxOutstandingMessages: 1 });
  const other = await openStream(clients, {
    subscription: inbox.subscription,
    maxOutstandingMessages: 1,
  });
  await other.response();
  await inbox.publish('a', 'b');
  const received = await Promise.all([stream.messages(), other.messages()]);
  expect(texts(received.flat())).toEqual(['a', 'b']);
  await Promise.all([stream.end(), other.end()]);
});

it('an empty request is answered with an empty response, where the protocol asks for it', async () => {
  const { stream } = await open({ protocolVersion: 1 });
  await stream.response();
  stream.send({});
  expect(await stream.response()).toMatchObject({
    receivedMessages: [],
    subscriptionProperties: null,
  });
  await stream.end();
});

it('a stream of an older protocol gets no answer to an empty request', async () => {
  const { inbox, stream } = await open();
  await stream.response();
  stream.send({});
  await inbox.publish('a');
  expect(await stream.response()).toMatchObject({ receivedMessages: [{}] });
  await stream.end();
});

it('after the end of a stream, messages go to others', async () => {
  const { inbox, stream } = await open();
  await stream.response();
  await stream.end();
  await inbox.publish('a');
  expect(texts(await inbox.pull())).toEqual(['a']);
});

it('a stream ends with NOT_FOUND when its subscription is deleted, or was never there', async () => {
  const { inbox, stream } = await open();
  await stream.response();
  const { subscription } = inbox;
  await clients.subscriber.deleteSubscription({ subscription });
  expect(await stream.status()).toMatchObject({ code: status.NOT_FOUND });
  const late = await openStream(clients, { subscription });
  expect(await late.status()).toMatchObject({ code: status.NOT_FOUND });
});

it.each([
  ['a flow-control limit', { maxOutstandingMessages: 5 }],
  ['a byte limit', { maxOutstandingBytes: 5 }],
  ['a protocol version', { protocolVersion: 1 }],
  ['a subscription', { subscription: 'projects/p/subscriptions/other' }],
  ['deadlines that do not match their ack ids', { modifyDeadlineAckIds: ['a'] }],
  ['a negative deadline', { modifyDeadlineAckIds: ['a'], modifyDeadlineSeconds: [-1] }],
  ['a stream ack deadline of 9 s', { streamAckDeadlineSeconds: 9 }],
])('%s in a later request ends the stream with INVALID_ARGUMENT', async (_, request) => {
  const { stream } = await open();
  stream.send(request);
  expect(await stream.status()).toMatchObject({ code: status.INVALID_ARGUMENT });
});

it('a stream that is not read holds back, so that others get the rest, and goes on when read', async () => {
  const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
  const hundred = Array.from({ length: 100 }, () => 'x'.repeat(1000));
  for (let n = 0; n < 60; n += 1) await inbox.publish(...hundred);
  const stream = await openStream(clients, { subscription: inbox.subscription });
  await stream.response();
  const others = await inbox.peek();
  expect(others).toHaveLength(100);
  let received = others.length;
  while (received < 6000) received += (await stream.messages()).length;
  expect(received).toBe(6000);
  await stream.end();
});
