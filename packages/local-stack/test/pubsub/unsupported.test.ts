import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { openInbox, subscriptionName, topicName } from './support/inbox.ts';
import { PROJECT, connectLocal, useClients } from './support/target.ts';

const clients = useClients(connectLocal);
const refusal = {
  code: status.UNIMPLEMENTED,
  details: expect.stringMatching(/is not supported: .* Leave it out, or use the real service/),
};

it.each([
  { filter: 'attributes.a = "b"' },
  { enableMessageOrdering: true },
  { enableExactlyOnceDelivery: true },
  { pushConfig: { pushEndpoint: 'https://example.com/push' } },
  { bigqueryConfig: { table: 'a.b.c' } },
  { cloudStorageConfig: { bucket: 'bucket' } },
  { messageTransforms: [{ disabled: true }] },
])('a subscription with %o is refused, not created without it', async (settings) => {
  const name = subscriptionName();
  const { topic } = await openInbox(clients);
  const creating = clients.subscriber.createSubscription({ name, topic, ...settings });
  await expect(creating).rejects.toMatchObject(refusal);
  const getting = clients.subscriber.getSubscription({ subscription: name });
  await expect(getting).rejects.toMatchObject({ code: status.NOT_FOUND });
});

it('an update cannot bring in what creation refuses', async () => {
  const { subscription: name, topic } = await openInbox(clients);
  const updating = clients.subscriber.updateSubscription({
    subscription: { name, topic, enableExactlyOnceDelivery: true },
    updateMask: { paths: ['enable_exactly_once_delivery'] },
  });
  await expect(updating).rejects.toMatchObject(refusal);
});

it.each([
  { schemaSettings: { schema: `${PROJECT}/schemas/s` } },
  { ingestionDataSourceSettings: { cloudStorage: { bucket: 'bucket' } } },
  { messageTransforms: [{ disabled: true }] },
])('a topic with %o is refused', async (settings) => {
  const creating = clients.publisher.createTopic({ name: topicName(), ...settings });
  await expect(creating).rejects.toMatchObject(refusal);
});

it('methods that are missing say so', async () => {
  const { subscription } = await openInbox(clients);
  const snapshot = `${PROJECT}/snapshots/s`;
  const schemas = await clients.pubsub.getSchemaClient();
  const calls = [
    clients.subscriber.seek({ subscription, snapshot }),
    clients.subscriber.createSnapshot({ name: snapshot, subscription }),
    clients.publisher.detachSubscription({ subscription }),
    schemas.getSchema({ name: `${PROJECT}/schemas/s` }),
  ];
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({ status: 'rejected', reason: refusal });
  }
});
