import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { openInbox, single, subscriptionName, topicName } from './inbox.ts';
import { type Clients, PROJECT } from './target.ts';

const invalid = { code: status.INVALID_ARGUMENT };
const missing = { code: status.NOT_FOUND };

/** Topics and subscriptions: create, get, update, list, delete, and what is refused. */
export function resourceConformance(clients: Clients): void {
  it('a subscription keeps its settings', async () => {
    const deadLetters = await openInbox(clients);
    const settings = {
      ackDeadlineSeconds: 30,
      labels: { team: 'imaging' },
      expirationPolicy: {},
      messageRetentionDuration: { seconds: 86_400 },
      retryPolicy: { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 120 } },
      deadLetterPolicy: { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: 10 },
    };
    const { topic, subscription } = await openInbox(clients, settings);
    const [found] = await clients.subscriber.getSubscription({ subscription });
    expect(found).toMatchObject({
      name: subscription,
      topic,
      ackDeadlineSeconds: 30,
      labels: { team: 'imaging' },
      expirationPolicy: { ttl: null },
      messageRetentionDuration: { seconds: '86400' },
      retryPolicy: { minimumBackoff: { seconds: '5' }, maximumBackoff: { seconds: '120' } },
      deadLetterPolicy: settings.deadLetterPolicy,
    });
  });

  it('a subscription without settings gets the defaults', async () => {
    const { subscription } = await openInbox(clients, { ackDeadlineSeconds: 0 });
    const [found] = await clients.subscriber.getSubscription({ subscription });
    expect(found).toMatchObject({
      ackDeadlineSeconds: 10,
      messageRetentionDuration: { seconds: '604800' },
      deadLetterPolicy: null,
    });
  });

  it('an update changes the fields of its mask and no others', async () => {
    const { topic, subscription } = await openInbox(clients, { labels: { a: 'b' } });
    const [updated] = await clients.subscriber.updateSubscription({
      subscription: { name: subscription, topic, ackDeadlineSeconds: 77, labels: {} },
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    expect(updated).toMatchObject({ ackDeadlineSeconds: 77, labels: { a: 'b' } });
  });

  it('an update of an immutable field, or of none, is refused', async () => {
    const { topic, subscription } = await openInbox(clients);
    const request = { subscription: { name: subscription, topic } };
    for (const paths of [['topic'], []]) {
      const updating = clients.subscriber.updateSubscription({ ...request, updateMask: { paths } });
      await expect(updating).rejects.toMatchObject(invalid);
    }
  });

  it('topics and subscriptions are listed, page by page', async () => {
    const { topic, subscription } = await openInbox(clients);
    const second = await openInbox(clients, { topic });
    const { publisher, subscriber } = clients;
    const page = { project: PROJECT, pageSize: 1 };
    const topics = publisher.listTopicsAsync(page, { autoPaginate: false });
    const subscriptions = subscriber.listSubscriptionsAsync(page, { autoPaginate: false });
    const [attached] = await publisher.listTopicSubscriptions({ topic });
    const names = [subscription, second.subscription];
    expect(await namesOf(topics)).toContain(topic);
    expect(await namesOf(subscriptions)).toEqual(expect.arrayContaining(names));
    expect(attached.toSorted()).toEqual(names.toSorted());
  });

  it('a name can be used once', async () => {
    const { topic, subscription } = await openInbox(clients);
    const twice = { code: status.ALREADY_EXISTS };
    await expect(clients.publisher.createTopic({ name: topic })).rejects.toMatchObject(twice);
    const again = clients.subscriber.createSubscription({ name: subscription, topic });
    await expect(again).rejects.toMatchObject(twice);
  });

  it('what does not exist is not found', async () => {
    const [topic, subscription] = [topicName(), subscriptionName()];
    const messages = [{ data: Buffer.from('a') }];
    const { publisher, subscriber } = clients;
    const calls = [
      publisher.getTopic({ topic }),
      publisher.deleteTopic({ topic }),
      publisher.publish({ topic, messages }),
      subscriber.createSubscription({ name: subscription, topic }),
      subscriber.getSubscription({ subscription }),
      subscriber.deleteSubscription({ subscription }),
      subscriber.pull({ subscription, maxMessages: 1 }),
      subscriber.acknowledge({ subscription, ackIds: ['a'] }),
      subscriber.modifyAckDeadline({ subscription, ackIds: ['a'], ackDeadlineSeconds: 10 }),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: missing });
    }
  });

  it.each([9, 601, -1])('an ack deadline of %i s is refused', async (ackDeadlineSeconds) => {
    await expect(openInbox(clients, { ackDeadlineSeconds })).rejects.toMatchObject(invalid);
  });

  it.each([4, 101])('%i delivery attempts are refused', async (maxDeliveryAttempts) => {
    const { topic: deadLetterTopic } = await openInbox(clients);
    const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts };
    await expect(openInbox(clients, { deadLetterPolicy })).rejects.toMatchObject(invalid);
  });

  it('a dead-letter topic must exist', async () => {
    const deadLetterPolicy = { deadLetterTopic: topicName(), maxDeliveryAttempts: 5 };
    await expect(openInbox(clients, { deadLetterPolicy })).rejects.toMatchObject(missing);
  });

  it.each([
    'no-path',
    'projects/p/topics/1abc',
    'projects/p/topics/ab',
    'projects/p/topics/goog-a',
  ])('the topic name %s is refused', async (name) => {
    await expect(clients.publisher.createTopic({ name })).rejects.toMatchObject(invalid);
  });

  it('a pull must ask for at least one message', async () => {
    const { subscription } = await openInbox(clients);
    const pulling = clients.subscriber.pull({ subscription, maxMessages: 0 });
    await expect(pulling).rejects.toMatchObject(invalid);
  });

  it('a subscription outlives its topic with the messages it has', async () => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await clients.publisher.deleteTopic({ topic: inbox.topic });
    const { subscription } = inbox;
    const [{ topic }] = await clients.subscriber.getSubscription({ subscription });
    expect(topic).toBe('_deleted-topic_');
    expect(single(await inbox.pull())).toMatchObject({ text: 'a' });
  });

  it('a deleted subscription is gone, also for a pull that waits', async () => {
    const { topic, subscription } = await openInbox(clients);
    const pulling = clients.subscriber.pull({ subscription, maxMessages: 1 });
    const ended = pulling.catch((error: unknown) => error);
    await clients.subscriber.getSubscription({ subscription });
    await clients.subscriber.deleteSubscription({ subscription });
    expect(await ended).toMatchObject(missing);
    const [attached] = await clients.publisher.listTopicSubscriptions({ topic });
    expect(attached).toEqual([]);
  });
}

async function namesOf(resources: AsyncIterable<{ name?: string | null }>): Promise<unknown[]> {
  const names = [];
  for await (const { name } of resources) names.push(name);
  return names;
}
