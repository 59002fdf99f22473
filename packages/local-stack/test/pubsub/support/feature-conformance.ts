import { status } from '@grpc/grpc-js';
import type { Check } from '../../support/differences.ts';
import { type Inbox, openInbox, single, texts } from './inbox.ts';
import type { Clients } from './target.ts';

const invalid = { code: status.INVALID_ARGUMENT };

/** What the real service has and a stand-in may lack: each server lists what it lacks. */
export function featureConformance(clients: Clients, check: Check): void {
  check(
    'a retry policy holds a nacked message back for its minimum back-off',
    async ({ expect }) => {
      const retryPolicy = { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 5 } };
      const inbox = await openInbox(clients, { retryPolicy });
      await inbox.publish('a');
      await inbox.modifyAckDeadline(0, single(await inbox.pull()));
      await clients.elapse(3000);
      expect(await inbox.peek()).toEqual([]);
      await clients.elapse(3000);
      expect(texts(await inbox.pull())).toEqual(['a']);
    },
  );

  check('a filter keeps other messages out', async ({ expect }) => {
    const inbox = await openInbox(clients, { filter: 'attributes.kind = "wanted"' });
    expect(await receivedKinds(clients, inbox, ['other', 'wanted'])).toEqual(['wanted']);
  });

  check('a filter that cannot be parsed is refused', async ({ expect }) => {
    await expect(openInbox(clients, { filter: 'attributes kind (' })).rejects.toMatchObject(
      invalid,
    );
  });

  check('messages with the same ordering key arrive in order', async ({ expect }) => {
    const inbox = await openInbox(clients, { enableMessageOrdering: true });
    const sent = ['e', 'd', 'c', 'b', 'a'];
    for (const text of sent) {
      const messages = [{ data: Buffer.from(text), orderingKey: 'k' }];
      await clients.publisher.publish({ topic: inbox.topic, messages });
    }
    expect((await inbox.pull()).map(({ text }) => text)).toEqual(sent);
  });

  check('exactly-once delivery refuses stale ack ids', async ({ expect }) => {
    const inbox = await openInbox(clients, { enableExactlyOnceDelivery: true });
    await inbox.publish('a');
    const delivery = single(await inbox.pull());
    await inbox.ack(delivery);
    await expect(inbox.ack(delivery)).rejects.toMatchObject(invalid);
  });

  check('seeking to a time brings acked messages back', async ({ expect }) => {
    const inbox = await openInbox(clients, { retainAckedMessages: true });
    await inbox.publish('a');
    await inbox.ack(single(await inbox.pull()));
    await clients.subscriber.seek({ subscription: inbox.subscription, time: { seconds: 1 } });
    expect(texts(await inbox.pull())).toEqual(['a']);
  });

  check('a detached subscription cannot be pulled from', async ({ expect }) => {
    const inbox = await openInbox(clients);
    const { subscription } = inbox;
    await clients.publisher.detachSubscription({ subscription });
    await expect(inbox.peek()).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  });

  for (const [what, message] of Object.entries(TOO_LARGE)) {
    check(`a message with ${what} is refused`, async ({ expect }) => {
      const { topic } = await openInbox(clients);
      const publishing = clients.publisher.publish({ topic, messages: [message] });
      await expect(publishing).rejects.toMatchObject(invalid);
    });
  }

  check('a publish request with more than 1000 messages is refused', async ({ expect }) => {
    const { topic } = await openInbox(clients);
    const messages = Array.from({ length: 1001 }, () => ({ data: Buffer.from('a') }));
    await expect(clients.publisher.publish({ topic, messages })).rejects.toMatchObject(invalid);
  });
}

/** Messages beyond the documented limits. */
export const TOO_LARGE: Readonly<Record<string, { data: Buffer; attributes: Attributes }>> = {
  '10 MiB of data': { data: Buffer.alloc(10 * 1024 * 1024, 'x'), attributes: {} },
  '101 attributes': { data: Buffer.from('a'), attributes: attributes(101) },
  'an attribute key of 257 bytes': {
    data: Buffer.from('a'),
    attributes: { ['k'.repeat(257)]: '' },
  },
  'an attribute value of 1025 bytes': {
    data: Buffer.from('a'),
    attributes: { key: 'v'.repeat(1025) },
  },
  'neither data nor attributes': { data: Buffer.alloc(0), attributes: {} },
};

type Attributes = Record<string, string>;

function attributes(count: number): Attributes {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, 'value']));
}

/** Publishes a message of each kind and answers the kinds that a pull gets. */
export async function receivedKinds(
  clients: Clients,
  { topic, subscription }: Inbox,
  kinds: readonly string[],
): Promise<string[]> {
  const messages = kinds.map((kind) => ({ data: Buffer.from('a'), attributes: { kind } }));
  await clients.publisher.publish({ topic, messages });
  const [{ receivedMessages }] = await clients.subscriber.pull({ subscription, maxMessages: 100 });
  return (receivedMessages ?? [])
    .map(({ message }) => message?.attributes?.['kind'] ?? '')
    .toSorted();
}
