import { status } from '@grpc/grpc-js';
import type { Check } from '../../support/differences.ts';
import { openInbox, single, subscriptionName, topicName } from './inbox.ts';
import { type Clients, PROJECT } from './target.ts';

const invalid = { code: status.INVALID_ARGUMENT };
const missing = { code: status.NOT_FOUND };

/** Topics and subscriptions: create, get, update, list, delete, and what is refused. */
export function resourceConformance(clients: Clients, check: Check): void {
  check('a subscription keeps its settings', async ({ expect }) => {
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

  check('a subscription without settings gets the defaults', async ({ expect }) => {
    const { subscription } = await openInbox(clients, { ackDeadlineSeconds: 0 });
    const [found] = await clients.subscriber.getSubscription({ subscription });
    expect(found).toMatchObject({
      ackDeadlineSeconds: 10,
      messageRetentionDuration: { seconds: '604800' },
      deadLetterPolicy: null,
    });
  });

  check('an update changes the fields of its mask and no others', async ({ expect }) => {
    const { topic, subscription } = await openInbox(clients, { labels: { a: 'b' } });
    const [updated] = await clients.subscriber.updateSubscription({
      subscription: { name: subscription, topic, ackDeadlineSeconds: 77, labels: {} },
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    expect(updated).toMatchObject({ ackDeadlineSeconds: 77, labels: { a: 'b' } });
  });

  check('an update of an immutable field, or of none, is refused', async ({ expect }) => {
    const { topic, subscription } = await openInbox(clients);
    const request = { subscription: { name: subscription, topic } };
    for (const paths of [['topic'], []]) {
      const updating = clients.subscriber.updateSubscription({ ...request, updateMask: { paths } });
      await expect(updating).rejects.toMatchObject(invalid);
    }
  });

  check('topics and subscriptions are listed, page by page', async ({ expect }) => {
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

  check('a name can be used once', async ({ expect }) => {
    const { topic, subscription } = await openInbox(clients);
    const twice = { code: status.ALREADY_EXISTS };
    await expect(clients.publisher.createTopic({ name: topic })).rejects.toMatchObject(twice);
    const again = clients.subscriber.createSubscription({ name: subscription, topic });
    await expect(again).rejects.toMatchObject(twice);
  });

  check('what does not exist is not found', async ({ expect }) => {
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

  check('a name that cannot exist is refused, not looked for', async ({ expect }) => {
    const [topic, subscription] = ['jobs', 'workers'];
    const { publisher, subscriber } = clients;
    const calls = [
      publisher.getTopic({ topic }),
      publisher.deleteTopic({ topic }),
      publisher.publish({ topic, messages: [{ data: Buffer.from('a') }] }),
      subscriber.createSubscription({ name: subscriptionName(), topic }),
      subscriber.getSubscription({ subscription }),
      subscriber.deleteSubscription({ subscription }),
      subscriber.pull({ subscription, maxMessages: 1 }),
      subscriber.acknowledge({ subscription, ackIds: ['a'] }),
    ];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: invalid });
    }
  });

  for (const ackDeadlineSeconds of [9, 601, -1]) {
    check(`an ack deadline of ${ackDeadlineSeconds} s is refused`, async ({ expect }) => {
      await expect(openInbox(clients, { ackDeadlineSeconds })).rejects.toMatchObject(invalid);
    });
  }

  for (const maxDeliveryAttempts of [4, 101]) {
    check(`${maxDeliveryAttempts} delivery attempts are refused`, async ({ expect }) => {
      const { topic: deadLetterTopic } = await openInbox(clients);
      const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts };
      await expect(openInbox(clients, { deadLetterPolicy })).rejects.toMatchObject(invalid);
    });
  }

  for (const [what, settings] of Object.entries(OUT_OF_RANGE)) {
    check(`${what} is refused`, async ({ expect }) => {
      await expect(openInbox(clients, settings)).rejects.toMatchObject(invalid);
    });
  }

  check('a dead-letter topic that cannot exist is refused', async ({ expect }) => {
    const deadLetterPolicy = { deadLetterTopic: 'dead', maxDeliveryAttempts: 5 };
    await expect(openInbox(clients, { deadLetterPolicy })).rejects.toMatchObject(invalid);
  });

  check('a dead-letter topic must exist', async ({ expect }) => {
    const deadLetterPolicy = { deadLetterTopic: topicName(), maxDeliveryAttempts: 5 };
    await expect(openInbox(clients, { deadLetterPolicy })).rejects.toMatchObject(missing);
  });

  for (const name of [
    'no-path',
    ...['1abc', 'ab', 'goog-a'].map((id) => `projects/p/topics/${id}`),
  ]) {
    check(`the topic name ${name} is refused`, async ({ expect }) => {
      await expect(clients.publisher.createTopic({ name })).rejects.toMatchObject(invalid);
    });
  }

  check('a pull must ask for at least one message', async ({ expect }) => {
    const { subscription } = await openInbox(clients);
    const pulling = clients.subscriber.pull({ subscription, maxMessages: 0 });
    await expect(pulling).rejects.toMatchObject(invalid);
  });

  check('a subscription outlives its topic with the messages it has', async ({ expect }) => {
    const inbox = await openInbox(clients);
    await inbox.publish('a');
    await clients.publisher.deleteTopic({ topic: inbox.topic });
    const { subscription } = inbox;
    const [{ topic }] = await clients.subscriber.getSubscription({ subscription });
    expect(topic).toBe('_deleted-topic_');
    expect(single(await inbox.pull())).toMatchObject({ text: 'a' });
  });

  check('a deleted subscription is gone, also for a pull that waits', async ({ expect }) => {
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

const OUT_OF_RANGE: Readonly<Record<string, Parameters<typeof openInbox>[1]>> = {
  'a retention of less than 10 minutes': { messageRetentionDuration: { seconds: 599 } },
  'a retention of more than 31 days': { messageRetentionDuration: { seconds: 2_678_401 } },
  'an expiration after less than a day': { expirationPolicy: { ttl: { seconds: 86_399 } } },
  'a back-off of more than 10 minutes': { retryPolicy: { maximumBackoff: { seconds: 601 } } },
  'a minimum back-off above the maximum': {
    retryPolicy: { minimumBackoff: { seconds: 20 }, maximumBackoff: { seconds: 10 } },
  },
};

async function namesOf(resources: AsyncIterable<{ name?: string | null }>): Promise<unknown[]> {
  const names = [];
  for await (const { name } of resources) names.push(name);
  return names;
}
