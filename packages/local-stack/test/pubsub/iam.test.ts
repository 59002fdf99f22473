import type { v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { openInbox } from './support/inbox.ts';
import { connectLocal, useClients } from './support/target.ts';

type GetRequest = Parameters<v1.PublisherClient['getIamPolicy']>[0];
type SetRequest = Parameters<v1.PublisherClient['setIamPolicy']>[0];

const clients = useClients(connectLocal);
const binding = { role: 'roles/pubsub.subscriber', members: ['user:a@example.com'] };
const condition = { title: 'for now', expression: 'request.time < timestamp("2030-01-01")' };

async function read(resource: string, requestedPolicyVersion = 3) {
  const request = { resource, options: { requestedPolicyVersion } };
  const [policy] = await clients.subscriber.getIamPolicy(request as GetRequest);
  return policy;
}

async function write(resource: string, policy: object) {
  const [written] = await clients.subscriber.setIamPolicy({ resource, policy } as SetRequest);
  return written;
}

it('a topic and its subscription have a policy each, at first an empty one', async () => {
  const { topic, subscription } = await openInbox(clients);
  await write(subscription, { bindings: [binding] });
  expect(await read(topic)).toMatchObject({ version: 1, bindings: [] });
  expect(await read(subscription)).toMatchObject({ version: 1, bindings: [binding] });
});

it('of two writers who have read the same policy, the second is told to read again', async () => {
  const { topic } = await openInbox(clients);
  const { etag } = await read(topic);
  await write(topic, { etag, bindings: [binding] });
  const late = write(topic, { etag, bindings: [] });
  await expect(late).rejects.toMatchObject({ code: status.ABORTED });
  expect(await read(topic)).toMatchObject({ bindings: [binding] });
  expect(await write(topic, { bindings: [] })).toMatchObject({ bindings: [] });
});

it('conditions need version 3, and hide from those who ask for less', async () => {
  const { topic } = await openInbox(clients);
  const bindings = [{ ...binding, condition }];
  const old = write(topic, { version: 1, bindings });
  await expect(old).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await write(topic, { version: 3, bindings });
  expect(await read(topic, 3)).toMatchObject({ version: 3, bindings: [{ condition }] });
  const role = expect.stringMatching(/^roles\/pubsub\.subscriber_withcond_/);
  expect(await read(topic, 1)).toMatchObject({ bindings: [{ role, condition: null }] });
});

it('what is not there has no policy', async () => {
  const absent = read('projects/imagen-test/topics/absent');
  await expect(absent).rejects.toMatchObject({ code: status.NOT_FOUND });
  const nothing = read('projects/imagen-test/snapshots/absent');
  await expect(nothing).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});
