import { expect, it } from 'vitest';
import { type Inbox, openInbox, single, texts } from './support/inbox.ts';
import { connectLocal, useClients } from './support/target.ts';

const clients = useClients(connectLocal);
const retryPolicy = { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 15 } };

/** Steps of 1 s until the message is there again; leases it. */
async function secondsUntilBack(inbox: Inbox): Promise<number> {
  for (let seconds = 1; seconds <= 60; seconds += 1) {
    await clients.elapse(1000);
    if ((await inbox.peek()).length > 0) return seconds;
  }
  return Infinity;
}

it('a nacked message comes back after a back-off that doubles up to the maximum', async () => {
  const inbox = await openInbox(clients, { retryPolicy, ackDeadlineSeconds: 600 });
  await inbox.publish('a');
  let delivery = single(await inbox.pull());
  for (const backoffMs of [5000, 10_000, 15_000, 15_000]) {
    await inbox.modifyAckDeadline(0, delivery);
    await clients.elapse(backoffMs - 1);
    expect(await inbox.peek()).toEqual([]);
    await clients.elapse(1);
    delivery = single(await inbox.pull());
  }
});

it('a lapsed ack deadline is followed by the back-off too', async () => {
  const inbox = await openInbox(clients, { retryPolicy });
  await inbox.publish('a');
  await inbox.pull();
  expect(await secondsUntilBack(inbox)).toBe(10 + 5);
});

it('a retry policy without values waits 10 s first', async () => {
  const inbox = await openInbox(clients, { retryPolicy: {} });
  await inbox.publish('a');
  await inbox.modifyAckDeadline(0, single(await inbox.pull()));
  expect(await secondsUntilBack(inbox)).toBe(10);
});

it('lapsed leases count as delivery attempts and lead to the dead-letter topic', async () => {
  const deadLetters = await openInbox(clients);
  const deadLetterPolicy = { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: 5 };
  const inbox = await openInbox(clients, { deadLetterPolicy });
  await inbox.publish('a');
  for (const deliveryAttempt of [1, 2, 3, 4, 5]) {
    expect(await inbox.pull()).toMatchObject([{ deliveryAttempt }]);
    await clients.elapse(10_000);
  }
  expect(texts(await deadLetters.pull())).toEqual(['a']);
});

it('a message is not lost with its dead-letter topic, and a new topic of that name is another', async () => {
  const deadLetters = await openInbox(clients);
  const { topic } = deadLetters;
  const deadLetterPolicy = { deadLetterTopic: topic, maxDeliveryAttempts: 5 };
  const inbox = await openInbox(clients, { deadLetterPolicy });
  await inbox.publish('a');
  await clients.publisher.deleteTopic({ topic });
  await clients.publisher.createTopic({ name: topic });
  for (const deliveryAttempt of [1, 2, 3, 4, 5, 6, 7]) {
    const delivery = single(await inbox.pull());
    expect(delivery).toMatchObject({ deliveryAttempt });
    await inbox.modifyAckDeadline(0, delivery);
  }
});

it('a dead-letter policy can be added later; attempts count from then on', async () => {
  const deadLetters = await openInbox(clients);
  const inbox = await openInbox(clients);
  await inbox.publish('a');
  await inbox.modifyAckDeadline(0, single(await inbox.pull()));
  const deadLetterPolicy = { deadLetterTopic: deadLetters.topic };
  const [updated] = await clients.subscriber.updateSubscription({
    subscription: { name: inbox.subscription, deadLetterPolicy },
    updateMask: { paths: ['dead_letter_policy'] },
  });
  expect(updated).toMatchObject({ deadLetterPolicy: { maxDeliveryAttempts: 5 } });
  expect(await inbox.pull()).toMatchObject([{ deliveryAttempt: 1 }]);
});

it('a subscription that lost its dead-letter topic can still be updated', async () => {
  const { topic } = await openInbox(clients);
  const deadLetterPolicy = { deadLetterTopic: topic, maxDeliveryAttempts: 5 };
  const { subscription: name } = await openInbox(clients, { deadLetterPolicy });
  await clients.publisher.deleteTopic({ topic });
  const [updated] = await clients.subscriber.updateSubscription({
    subscription: { name, labels: { a: 'b' } },
    updateMask: { paths: ['labels'] },
  });
  expect(updated).toMatchObject({ deadLetterPolicy: { deadLetterTopic: '_deleted-topic_' } });
});
