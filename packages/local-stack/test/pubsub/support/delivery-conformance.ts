import { Duration } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import type { Check } from '../../support/differences.ts';
import { type Inbox, openInbox, roundTrip, single, startPull, texts } from './inbox.ts';
import type { Clients } from './target.ts';

/** Publish, Pull, Acknowledge, ModifyAckDeadline, dead letters. */
export function deliveryConformance(clients: Clients, check: Check): void {
  check('a message arrives with its data, attributes, id and publish time', async ({ expect }) => {
    const { topic, subscription } = await openInbox(clients);
    const data = Buffer.from([0, 255, 10]);
    const messages = [{ data, attributes: { jobId: 'é' } }];
    const [{ messageIds }] = await clients.publisher.publish({ topic, messages });
    const [{ receivedMessages }] = await clients.subscriber.pull({ subscription, maxMessages: 1 });
    const received = receivedMessages?.[0]?.message;
    expect(received).toMatchObject({
      data,
      attributes: { jobId: 'é' },
      messageId: messageIds?.[0],
    });
    expect(Number(received?.publishTime?.seconds)).toBeGreaterThan(1_700_000_000);
  });

  check('every subscription of a topic gets every message', async ({ expect }) => {
    const first = await openInbox(clients);
    const second = await openInbox(clients, { topic: first.topic });
    await first.publish('a');
    expect([...(await first.pull()), ...(await second.pull())]).toMatchObject([
      { text: 'a' },
      { text: 'a' },
    ]);
  });

  check('a subscription gets no message from before its creation', async ({ expect }) => {
    const early = await openInbox(clients);
    await early.publish('early');
    const late = await openInbox(clients, { topic: early.topic });
    await late.publish('late');
    expect(texts(await late.pull())).toEqual(['late']);
  });

  check('a pull takes no more messages than it asks for', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a', 'b', 'c');
    expect(await inbox.pull(2)).toHaveLength(2);
    expect(await inbox.pull(2)).toHaveLength(1);
  });

  check('a pull waits for a message', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const pulling = inbox.pull();
    await roundTrip(clients, inbox);
    await inbox.publish('a');
    expect(texts(await pulling)).toEqual(['a']);
  });

  check('a pull with returnImmediately does not wait', async ({ expect }) => {
    const inbox = await openInbox(clients);
    expect(await inbox.peek()).toEqual([]);
  });

  check('a cancelled pull takes no message with it', async ({ expect }) => {
    const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
    const pulling = await startPull(clients, inbox);
    await roundTrip(clients, inbox);
    pulling.cancel();
    await roundTrip(clients, inbox);
    await inbox.publish('a');
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  check('an acked message does not come back', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.ack(...(await inbox.pull()));
    await clients.elapse(11_000);
    expect(await inbox.peek()).toEqual([]);
  });

  check(
    'a message that is not acked comes back after its ack deadline, with a new ack id',
    async ({ expect }) => {
      const inbox = await openInbox(clients);
      await inbox.publish('a');
      const first = single(await inbox.pull());
      expect(await inbox.peek()).toEqual([]);
      await clients.elapse(11_000);
      const second = single(await inbox.pull());
      expect(second).toMatchObject({ text: 'a' });
      expect(second.ackId).not.toBe(first.ackId);
    },
  );

  check('a lapsed ack deadline wakes a waiting pull', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.pull();
    const pulling = inbox.pull();
    await roundTrip(clients, inbox);
    await clients.elapse(11_000);
    expect(texts(await pulling)).toEqual(['a']);
  });

  check('a modified ack deadline counts from now', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    const delivery = single(await inbox.pull());
    await inbox.modifyAckDeadline(20, delivery);
    await clients.elapse(15_000);
    expect(await inbox.peek()).toEqual([]);
    await clients.elapse(6000);
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  check('a nacked message comes back at once', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.modifyAckDeadline(0, ...(await inbox.pull()));
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  check('stale ack ids are accepted and do nothing', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    const stale = single(await inbox.pull());
    await inbox.modifyAckDeadline(0, stale);
    const fresh = single(await inbox.pull());
    await inbox.modifyAckDeadline(0, stale);
    expect(await inbox.peek()).toEqual([]);
    await inbox.ack(fresh);
    await inbox.ack(fresh, stale);
  });

  for (const seconds of [-1, 601]) {
    check(`an ack deadline cannot be modified to ${seconds} s`, async ({ expect }) => {
      const inbox = await openInbox(clients);
      await inbox.publish('a');
      const delivery = single(await inbox.pull());
      const modifying = inbox.modifyAckDeadline(seconds, delivery);
      await expect(modifying).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    });
  }

  check('without a dead-letter policy deliveries are not counted', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    expect(await inbox.pull()).toMatchObject([{ deliveryAttempt: 0 }]);
  });

  check('a message goes to the dead-letter topic after its last attempt', async ({ expect }) => {
    const { inbox, deadLetters } = await openWithDeadLetters();
    await inbox.publish('a');
    expect(await nackTimes(inbox, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(texts(await deadLetters.pull())).toEqual(['a']);
    expect(await inbox.peek()).toEqual([]);
  });

  check('a dead letter says where it comes from', async ({ expect }) => {
    const { inbox, deadLetters } = await openWithDeadLetters();
    const messages = [{ data: Buffer.from('a'), attributes: { jobId: '1' } }];
    await clients.publisher.publish({ topic: inbox.topic, messages });
    await nackTimes(inbox, 5);
    expect(await inbox.peek()).toEqual([]);
    const dead = single(await deadLetters.pull());
    const [, project, , id] = inbox.subscription.split('/');
    expect(dead).toMatchObject({
      text: 'a',
      attributes: {
        jobId: '1',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: id,
        CloudPubSubDeadLetterSourceSubscriptionProject: project,
        CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
      },
    });
  });

  check('the high-level client receives and acks', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const ackDeadline = Duration.from({ seconds: 10 });
    const deadlines = { minAckDeadline: ackDeadline, maxAckDeadline: ackDeadline };
    const subscription = clients.pubsub.subscription(inbox.subscription, deadlines);
    const received = new Promise<string>((resolve, reject) => {
      subscription.on('error', reject).on('message', (message) => {
        message.ack();
        resolve(message.data.toString());
      });
    });
    await clients.pubsub.topic(inbox.topic).publishMessage({ data: Buffer.from('a') });
    expect(await received).toBe('a');
    // Closing sends the ack.
    await subscription.close();
    await clients.elapse(11_000);
    expect(await inbox.peek()).toEqual([]);
  });

  async function openWithDeadLetters(): Promise<{ inbox: Inbox; deadLetters: Inbox }> {
    const deadLetters = await openInbox(clients);
    const deadLetterPolicy = { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: 5 };
    return { inbox: await openInbox(clients, { deadLetterPolicy }), deadLetters };
  }
}

async function nackTimes(inbox: Inbox, count: number): Promise<number[]> {
  const attempts: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const delivery = single(await inbox.pull());
    attempts.push(delivery.deliveryAttempt);
    await inbox.modifyAckDeadline(0, delivery);
  }
  return attempts;
}
