import type { ClientUnaryCall } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { type Inbox, openInbox, single, texts } from './inbox.ts';
import type { Clients } from './target.ts';

/** Publish, Pull, Acknowledge, ModifyAckDeadline, dead letters. */
export function deliveryConformance(clients: Clients): void {
  it('a message arrives with its data, attributes, id and publish time', async () => {
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

  it('every subscription of a topic gets every message', async () => {
    const first = await openInbox(clients);
    const second = await openInbox(clients, { topic: first.topic });
    await first.publish('a');
    expect([...(await first.pull()), ...(await second.pull())]).toMatchObject([
      { text: 'a' },
      { text: 'a' },
    ]);
  });

  it('a subscription gets no message from before its creation', async () => {
    const early = await openInbox(clients);
    await early.publish('early');
    const late = await openInbox(clients, { topic: early.topic });
    await late.publish('late');
    expect(texts(await late.pull())).toEqual(['late']);
  });

  it('a pull takes no more messages than it asks for', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a', 'b', 'c');
    expect(await inbox.pull(2)).toHaveLength(2);
    expect(await inbox.pull(2)).toHaveLength(1);
  });

  it('a pull waits for a message', async () => {
    const inbox = await openInbox(clients);
    const pulling = inbox.pull();
    await roundTrip(inbox);
    await inbox.publish('a');
    expect(texts(await pulling)).toEqual(['a']);
  });

  it('a pull with returnImmediately does not wait', async () => {
    const inbox = await openInbox(clients);
    expect(await inbox.peek()).toEqual([]);
  });

  it('a cancelled pull takes no message with it', async () => {
    const inbox = await openInbox(clients);
    const pulling = await startPull(inbox);
    await roundTrip(inbox);
    pulling.cancel();
    await roundTrip(inbox);
    await inbox.publish('a');
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  it('an acked message does not come back', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.ack(...(await inbox.pull()));
    await clients.elapse(11_000);
    expect(await inbox.peek()).toEqual([]);
  });

  it('a message that is not acked comes back after its ack deadline, with a new ack id', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    const first = single(await inbox.pull());
    expect(await inbox.peek()).toEqual([]);
    await clients.elapse(11_000);
    const second = single(await inbox.pull());
    expect(second).toMatchObject({ text: 'a' });
    expect(second.ackId).not.toBe(first.ackId);
  });

  it('a lapsed ack deadline wakes a waiting pull', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.pull();
    const pulling = inbox.pull();
    await roundTrip(inbox);
    await clients.elapse(11_000);
    expect(texts(await pulling)).toEqual(['a']);
  });

  it('a modified ack deadline counts from now', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    const delivery = single(await inbox.pull());
    await inbox.modifyAckDeadline(30, delivery);
    await clients.elapse(25_000);
    expect(await inbox.peek()).toEqual([]);
    await clients.elapse(6000);
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  it('a nacked message comes back at once', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await inbox.modifyAckDeadline(0, ...(await inbox.pull()));
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  it('stale ack ids are accepted and do nothing', async () => {
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

  it('without a dead-letter policy deliveries are not counted', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    expect(await inbox.pull()).toMatchObject([{ deliveryAttempt: 0 }]);
  });

  it('a message goes to the dead-letter topic after its last attempt, and says where from', async () => {
    const deadLetters = await openInbox(clients);
    const deadLetterPolicy = { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: 5 };
    const inbox = await openInbox(clients, { deadLetterPolicy });
    const messages = [{ data: Buffer.from('a'), attributes: { jobId: '1' } }];
    await clients.publisher.publish({ topic: inbox.topic, messages });
    const attempts = await nackTimes(inbox, 5);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
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
    expect(await inbox.peek()).toEqual([]);
  });

  it('the high-level client receives and acks', async () => {
    const inbox = await openInbox(clients);
    const subscription = clients.pubsub.subscription(inbox.subscription);
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
    await clients.elapse(61_000);
    expect(await inbox.peek()).toEqual([]);
  });

  /** A Pull that can be cancelled, which the generated client does not offer. */
  async function startPull({ subscription }: Inbox): Promise<ClientUnaryCall> {
    const stub = await clients.subscriber.initialize();
    const pull = stub['pull'] as (...args: unknown[]) => ClientUnaryCall;
    return pull.call(stub, { subscription, maxMessages: 1 }, () => {});
  }

  /** Whatever was sent before on the subscriber's connection has reached the server after it. */
  async function roundTrip({ subscription }: Inbox): Promise<void> {
    await clients.subscriber.getSubscription({ subscription });
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
