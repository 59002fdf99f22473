import { v1 } from '@google-cloud/pubsub';
import { credentials, status } from '@grpc/grpc-js';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startPubSub } from '@imagen/local-stack/pubsub';
import { DrivenClock } from '@imagen/local-stack/pubsub';
import { PROJECT } from './support/target.ts';

const topic = `${PROJECT}/topics/topic`;
const subscription = `${PROJECT}/subscriptions/subscription`;

async function startWithSubscription(clock?: DrivenClock) {
  const server = await startPubSub(clock && { clock });
  const [servicePath = '', port] = server.address.split(':');
  const options = { servicePath, port: Number(port), sslCreds: credentials.createInsecure() };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  await publisher.createTopic({ name: topic });
  const retryPolicy = { minimumBackoff: { nanos: 1_000_000 }, maximumBackoff: { seconds: 1 } };
  await subscriber.createSubscription({ name: subscription, topic, retryPolicy });
  return { server, publisher, subscriber };
}

it('a server listens on a free port of the loopback address', async () => {
  await using server = await startPubSub();
  expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
});

it('an address in use is named in the error', async () => {
  await using server = await startPubSub();
  const port = Number(server.address.split(':')[1]);
  await expect(startPubSub({ port })).rejects.toThrow(`cannot listen on ${server.address}`);
});

it('a stopped server has closed its port, and can be stopped again', async () => {
  const server = await startPubSub();
  await server.stop();
  await server.stop();
  const socket = connect(Number(server.address.split(':')[1]), '127.0.0.1');
  expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
});

it('stopping ends waiting pulls and streams with UNAVAILABLE and leaves no timer', async () => {
  const clock = new DrivenClock();
  const { server, publisher, subscriber } = await startWithSubscription(clock);
  await publisher.publish({ topic, messages: [{ data: Buffer.from('a') }] });
  await subscriber.pull({ subscription, maxMessages: 1 });
  const stream = subscriber.streamingPull();
  stream.write({ subscription, streamAckDeadlineSeconds: 10 });
  await once(stream, 'data');
  const unavailable = expect.objectContaining({ code: status.UNAVAILABLE });
  const ends = Promise.allSettled([
    once(stream, 'end'),
    subscriber.pull({ subscription, maxMessages: 1 }, { retry: null }),
  ]);
  await subscriber.getSubscription({ subscription });
  expect(clock.pending).toBe(1);
  await server.stop();
  expect(await ends).toMatchObject([{ reason: unavailable }, { reason: unavailable }]);
  expect(clock.pending).toBe(0);
  await Promise.all([publisher.close(), subscriber.close()]);
});

it('in real time, a back-off ends by itself', async () => {
  const { server, publisher, subscriber } = await startWithSubscription();
  await publisher.publish({ topic, messages: [{ data: Buffer.from('a') }] });
  const [first] = await subscriber.pull({ subscription, maxMessages: 1 });
  const ackIds = first.receivedMessages?.map(({ ackId }) => ackId ?? '') ?? [];
  await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
  const [second] = await subscriber.pull({ subscription, maxMessages: 1 });
  expect(second.receivedMessages).toHaveLength(1);
  await server.stop();
  await Promise.all([publisher.close(), subscriber.close()]);
});
