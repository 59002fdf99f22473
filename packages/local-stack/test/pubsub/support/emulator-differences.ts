import { status } from '@grpc/grpc-js';
import type { Difference, Differences } from '../../support/differences.ts';
import { receivedKinds, TOO_LARGE } from './feature-conformance.ts';
import { openInbox, roundTrip, single, startPull, texts } from './inbox.ts';
import { openStream, type RawStream } from './raw-stream.ts';
import type { Clients } from './target.ts';

type EmulatorDifference = Difference<Clients>;

const otherCode = (maxDeliveryAttempts: number): EmulatorDifference => ({
  does: 'refuses them with OUT_OF_RANGE instead of INVALID_ARGUMENT',
  test: async ({ expect }, clients) => {
    const { topic: deadLetterTopic } = await openInbox(clients);
    const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts };
    const opening = openInbox(clients, { deadLetterPolicy });
    await expect(opening).rejects.toMatchObject({ code: status.OUT_OF_RANGE });
  },
});

const acceptsMessage = (what: string): EmulatorDifference => ({
  does: 'accepts it',
  test: async ({ expect }, clients) => {
    const { topic } = await openInbox(clients);
    const [{ messageIds }] = await clients.publisher.publish({
      topic,
      messages: [TOO_LARGE[what] ?? {}],
    });
    expect(messageIds).toHaveLength(1);
  },
});

/** How the official emulator differs in its topics and subscriptions. */
const resources: Differences<Clients> = {
  'an ack deadline of 9 s is refused': {
    does: 'accepts and keeps it',
    test: async ({ expect }, clients) => {
      const { subscription } = await openInbox(clients, { ackDeadlineSeconds: 9 });
      const [found] = await clients.subscriber.getSubscription({ subscription });
      expect(found).toMatchObject({ ackDeadlineSeconds: 9 });
    },
  },
  'an expiration after less than a day is refused': {
    does: 'accepts it',
    test: async ({ expect }, clients) => {
      const expirationPolicy = { ttl: { seconds: 86_399 } };
      const { subscription } = await openInbox(clients, { expirationPolicy });
      const [found] = await clients.subscriber.getSubscription({ subscription });
      expect(found).toMatchObject({ expirationPolicy: { ttl: { seconds: '86399' } } });
    },
  },
  '4 delivery attempts are refused': otherCode(4),
  '101 delivery attempts are refused': otherCode(101),
  'a dead-letter topic that cannot exist is refused': {
    does: 'looks for it and answers NOT_FOUND',
    test: async ({ expect }, clients) => {
      const deadLetterPolicy = { deadLetterTopic: 'dead', maxDeliveryAttempts: 5 };
      const opening = openInbox(clients, { deadLetterPolicy });
      await expect(opening).rejects.toMatchObject({ code: status.NOT_FOUND });
    },
  },
  'a deleted subscription is gone, also for a pull that waits': {
    does: 'leaves the pull waiting until its time is up',
    test: async ({ expect }, clients) => {
      const { subscription } = await openInbox(clients);
      const pull = clients.subscriber.pull({ subscription, maxMessages: 1 }, { timeout: 5000 });
      await clients.subscriber.getSubscription({ subscription });
      await clients.subscriber.deleteSubscription({ subscription });
      expect(await pull).toMatchObject([{ receivedMessages: [] }, null, null]);
    },
  },
  'a detached subscription cannot be pulled from': {
    does: 'does not know DetachSubscription',
    test: async ({ expect }, clients) => {
      const { subscription } = await openInbox(clients);
      const detaching = clients.publisher.detachSubscription({ subscription });
      await expect(detaching).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    },
  },
};

/** … in what it delivers, and when. */
const delivery: Differences<Clients> = {
  'a message goes to the dead-letter topic after its last attempt': {
    does: 'goes there only when the subscription is pulled once more',
    test: async ({ expect }, clients) => {
      const deadLetters = await openInbox(clients);
      const deadLetterPolicy = { deadLetterTopic: deadLetters.topic, maxDeliveryAttempts: 5 };
      const inbox = await openInbox(clients, { deadLetterPolicy });
      await inbox.publish('a');
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        await inbox.modifyAckDeadline(0, single(await inbox.pull()));
      }
      await clients.elapse(3000);
      expect(await deadLetters.peek()).toEqual([]);
      expect(await inbox.peek()).toEqual([]);
      expect(texts(await deadLetters.pull())).toEqual(['a']);
    },
  },
  'a cancelled pull takes no message with it': {
    does: 'loses the next message to it until the ack deadline',
    test: async ({ expect }, clients) => {
      const inbox = await openInbox(clients);
      const pulling = await startPull(clients, inbox);
      await roundTrip(clients, inbox);
      pulling.cancel();
      await roundTrip(clients, inbox);
      await inbox.publish('a');
      await clients.elapse(5000);
      expect(await inbox.peek()).toEqual([]);
      expect(texts(await inbox.pull())).toEqual(['a']);
    },
  },
  'an ack deadline cannot be modified to 601 s': {
    does: 'accepts it',
    test: async ({ expect }, clients) => {
      const inbox = await openInbox(clients);
      await inbox.publish('a');
      await inbox.modifyAckDeadline(601, single(await inbox.pull()));
      await clients.elapse(11_000);
      expect(await inbox.peek()).toEqual([]);
    },
  },
  'a retry policy holds a nacked message back for its minimum back-off': {
    does: 'holds it back only from the second nack on',
    test: async ({ expect }, clients) => {
      const retryPolicy = { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 5 } };
      const inbox = await openInbox(clients, { retryPolicy });
      await inbox.publish('a');
      await inbox.modifyAckDeadline(0, single(await inbox.pull()));
      await clients.elapse(2000);
      await inbox.modifyAckDeadline(0, single(await inbox.peek()));
      await clients.elapse(2000);
      expect(await inbox.peek()).toEqual([]);
      expect(texts(await inbox.pull())).toEqual(['a']);
    },
  },
  'a filter keeps other messages out': {
    does: 'accepts the filter and delivers everything',
    test: async ({ expect }, clients) => {
      const inbox = await openInbox(clients, { filter: 'attributes.kind = "wanted"' });
      const kinds = ['other', 'wanted'];
      expect(await receivedKinds(clients, inbox, kinds)).toEqual(kinds);
    },
  },
  'a filter that cannot be parsed is refused': {
    does: 'accepts it',
    test: async ({ expect }, clients) => {
      const { subscription } = await openInbox(clients, { filter: 'attributes kind (' });
      const [found] = await clients.subscriber.getSubscription({ subscription });
      expect(found).toMatchObject({ filter: 'attributes kind (' });
    },
  },
};

/** … in the limits of messages. */
const limits: Differences<Clients> = Object.fromEntries(
  Object.keys(TOO_LARGE)
    .filter((what) => what !== 'neither data nor attributes')
    .map((what) => [`a message with ${what} is refused`, acceptsMessage(what)]),
);

/** … and in StreamingPull. */
const streams: Differences<Clients> = {
  'a stream gets no more messages than its limit of outstanding ones': {
    does: 'ignores the limit',
    test: async ({ expect }, clients) => {
      const inbox = await openInbox(clients, { ackDeadlineSeconds: 60 });
      await inbox.publish('a', 'b', 'c');
      const { subscription } = inbox;
      const stream = await openStream(clients, { subscription, maxOutstandingMessages: 1 });
      const received = await stream.messages();
      while (received.length < 3) received.push(...(await stream.messages()));
      expect(texts(received)).toEqual(['a', 'b', 'c']);
      await stream.end();
    },
  },
  'a stream says first what its subscription promises': {
    does: 'is silent until there is a message',
    test: async ({ expect }, clients) => {
      const { subscription } = await openInbox(clients);
      const stream = await openStream(clients, { subscription });
      expect(await responseWithin(3000, stream, clients)).toBeUndefined();
      await stream.end();
    },
  },
  'a stream answers a keepalive': {
    does: 'does not answer',
    test: async ({ expect }, clients) => {
      const inbox = await openInbox(clients);
      const { subscription } = inbox;
      const stream = await openStream(clients, { subscription, protocolVersion: 1 });
      await inbox.publish('a');
      await stream.messages();
      stream.send({});
      expect(await responseWithin(3000, stream, clients)).toBeUndefined();
      await stream.end();
    },
  },
};

/** The official emulator against the real service. Seen with 0.8.20. */
export const EMULATOR_DIFFERENCES: Differences<Clients> = {
  ...resources,
  ...delivery,
  ...limits,
  ...streams,
};

async function responseWithin(ms: number, stream: RawStream, clients: Clients): Promise<unknown> {
  return Promise.race([stream.response(), clients.elapse(ms)]);
}
