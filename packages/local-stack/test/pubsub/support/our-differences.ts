import { status } from '@grpc/grpc-js';
import type { Difference, Differences } from '../../support/differences.ts';
import { openInbox } from './inbox.ts';
import type { Clients } from './target.ts';

/** Refused by name, so that nothing is built on what is not there. */
const refuses = (
  what: string,
  call: (clients: Clients, subscription: string) => Promise<unknown>,
): Difference<Clients> => ({
  does: `answers UNIMPLEMENTED to ${what}`,
  test: async ({ expect }, clients) => {
    const { subscription } = await openInbox(clients);
    await expect(call(clients, subscription)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  },
});

const refusesFilters = refuses('a filter', (clients) => {
  return openInbox(clients, { filter: 'attributes:kind' });
});

/** What our server lacks of the real service. */
export const OUR_DIFFERENCES: Differences<Clients> = {
  'a filter keeps other messages out': refusesFilters,
  'a filter that cannot be parsed is refused': refusesFilters,
  'messages with the same ordering key arrive in order': refuses(
    'a subscription with message ordering',
    (clients) => openInbox(clients, { enableMessageOrdering: true }),
  ),
  'exactly-once delivery refuses stale ack ids': refuses(
    'a subscription with exactly-once delivery',
    (clients) => openInbox(clients, { enableExactlyOnceDelivery: true }),
  ),
  'seeking to a time brings acked messages back': refuses('Seek', ({ subscriber }, subscription) =>
    subscriber.seek({ subscription, time: { seconds: 1 } }),
  ),
  'a detached subscription cannot be pulled from': refuses(
    'DetachSubscription',
    ({ publisher }, subscription) => publisher.detachSubscription({ subscription }),
  ),
};
