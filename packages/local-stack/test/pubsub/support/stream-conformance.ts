import { status } from '@grpc/grpc-js';
import type { Check } from '../../support/differences.ts';
import { openInbox, single, texts } from './inbox.ts';
import { openStream } from './raw-stream.ts';
import type { Clients } from './target.ts';

/** StreamingPull as it is on the wire. */
export function streamConformance(clients: Clients, check: Check): void {
  check("the stream's ack deadline counts, not the subscription's", async ({ expect }) => {
    const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
    const stream = await openStream(clients, { subscription: inbox.subscription });
    await inbox.publish('a');
    expect(await stream.messages()).toMatchObject([{ text: 'a' }]);
    await stream.end();
    expect(await inbox.peek()).toEqual([]);
    await clients.elapse(11_000);
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  check('a message acked on a stream does not come back', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const stream = await openStream(clients, { subscription: inbox.subscription });
    await inbox.publish('a');
    const ackIds = (await stream.messages()).map(({ ackId }) => ackId);
    stream.send({ ackIds });
    await stream.end();
    await clients.elapse(11_000);
    expect(await inbox.peek()).toEqual([]);
  });

  check('a message nacked on a stream comes back on it', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const stream = await openStream(clients, { subscription: inbox.subscription });
    await inbox.publish('a');
    const [delivery] = await stream.messages();
    stream.send({ modifyDeadlineAckIds: [delivery?.ackId ?? ''], modifyDeadlineSeconds: [0] });
    expect(await stream.messages()).toMatchObject([{ text: 'a' }]);
    await stream.end();
  });

  check(
    'a stream ends when its subscription is deleted, or was never there',
    async ({ expect }) => {
      const inbox = await openInbox(clients);
      const { subscription } = inbox;
      const stream = await openStream(clients, { subscription });
      await inbox.publish('a');
      await stream.messages();
      await clients.subscriber.deleteSubscription({ subscription });
      expect(await stream.status()).toMatchObject({ code: status.NOT_FOUND });
      const late = await openStream(clients, { subscription });
      expect(await late.status()).toMatchObject({ code: status.NOT_FOUND });
    },
  );

  check('a stream of a subscription that cannot exist is refused', async ({ expect }) => {
    const stream = await openStream(clients, { subscription: 'workers' });
    expect(await stream.status()).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  check('a stream gets no more messages than its limit of outstanding ones', async ({ expect }) => {
    const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
    await inbox.publish('a', 'b', 'c');
    const { subscription } = inbox;
    const stream = await openStream(clients, { subscription, maxOutstandingMessages: 2 });
    const received = await stream.messages();
    if (received.length < 2) received.push(...(await stream.messages()));
    expect(received).toHaveLength(2);
    single(await inbox.peek());
    await stream.end();
  });

  check('a stream says first what its subscription promises', async ({ expect }) => {
    const { subscription } = await openInbox(clients);
    const stream = await openStream(clients, { subscription });
    expect(await stream.response()).toMatchObject({
      subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: false },
    });
    await stream.end();
  });

  check('a stream answers a keepalive', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const { subscription } = inbox;
    const stream = await openStream(clients, { subscription, protocolVersion: 1 });
    await inbox.publish('a');
    await stream.messages();
    stream.send({});
    expect(await stream.response()).toMatchObject({ receivedMessages: [] });
    await stream.end();
  });
}
