import { subscriptionPath, topicPath } from '@imagen/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/usage-error.ts';
import { applyChange } from '../../src/infra/apply.ts';
import type { Change } from '../../src/infra/plan.ts';
import { grantsIn } from '../../src/infra/policy.ts';
import { type InfraCloud, PROJECT, startInfraCloud } from './support/infra-cloud.ts';

const RESULTS = `${PROJECT}-imagen-results`;
const WORKERS = 'imagen-comic-workers';
const subscription = subscriptionPath(PROJECT, WORKERS);
const fewer = {
  deadLetterTopic: topicPath(PROJECT, 'imagen-comic-dlq'),
  maxDeliveryAttempts: 5,
};
const alice = { role: 'roles/pubsub.subscriber', members: ['user:alice@example.com'] };

let cloud: InfraCloud;
beforeEach(async () => {
  cloud = await startInfraCloud();
});
afterEach(async () => cloud[Symbol.asyncDispose]());

const names = (changes: readonly { name: string }[]): string[] => changes.map(({ name }) => name);
const bucket = (name = RESULTS) => cloud.session.clients.storage.bucket(name);

/** Sets fields of the comic workers' subscription behind imagen's back. */
async function drift(fields: object, ...paths: string[]): Promise<void> {
  const { subscriber } = cloud.session.clients;
  await subscriber.updateSubscription({
    subscription: { name: subscription, ...fields },
    updateMask: { paths },
  });
}

async function addBinding(binding: typeof alice): Promise<void> {
  const { subscription: server } = cloud.session.servers;
  const policy = await server.readPolicy(WORKERS);
  await server.writePolicy(WORKERS, {
    ...policy,
    bindings: [...(policy.bindings ?? []), binding],
  });
}

describe('imagen infra apply', () => {
  it('makes everything, and then has nothing to do', async () => {
    expect((await cloud.plan()).changes).toHaveLength(28);
    expect(await cloud.apply()).toBe(0);
    expect(await cloud.plan()).toMatchObject({ changes: [], problems: [], notes: [] });
    expect(await cloud.apply()).toBe(0);
    expect(cloud.said.at(-1)).toBe('nothing to do\n');
  });

  it.each([
    ['ack deadline', { ackDeadlineSeconds: 10 }, 'ack_deadline_seconds'],
    [
      'message retention',
      { messageRetentionDuration: { seconds: 600 } },
      'message_retention_duration',
    ],
    ['retention of acked messages', { retainAckedMessages: true }, 'retain_acked_messages'],
    ['expires', { expirationPolicy: { ttl: { seconds: 86_400 } } }, 'expiration_policy'],
    ['redelivery', {}, 'retry_policy'],
    ['dead letters', {}, 'dead_letter_policy'],
    ['dead letters', { deadLetterPolicy: fewer }, 'dead_letter_policy'],
  ])('sees and repairs a drifted setting of a subscription: %s', async (word, fields, path) => {
    await cloud.apply();
    await drift(fields, path);
    const drifted = await cloud.plan();
    expect(drifted.changes).toMatchObject([
      { action: 'change', name: WORKERS, settings: [{ word }] },
    ]);
    await cloud.apply();
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it.each([
    [
      'uniform bucket-level access',
      { iamConfiguration: { uniformBucketLevelAccess: { enabled: false } } },
    ],
    ['public access prevention', { iamConfiguration: { publicAccessPrevention: 'inherited' } }],
    [
      'lifecycle',
      { lifecycle: { rule: [{ action: { type: 'Delete' as const }, condition: { age: 1 } }] } },
    ],
  ])('sees and repairs a drifted setting of a bucket: %s', async (word, metadata) => {
    await cloud.apply();
    await bucket().setMetadata(metadata);
    expect((await cloud.plan()).changes).toMatchObject([{ name: RESULTS, settings: [{ word }] }]);
    await cloud.apply();
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it('changes what it was told to change and leaves other settings alone', async () => {
    await cloud.apply();
    await drift(
      { labels: { team: 'blue' }, ackDeadlineSeconds: 99 },
      'labels',
      'ack_deadline_seconds',
    );
    await bucket().setMetadata({ labels: { team: 'blue' } });
    await cloud.apply({ resultsDays: '30' });
    const [found] = await cloud.session.clients.subscriber.getSubscription({ subscription });
    expect(found).toMatchObject({ labels: { team: 'blue' }, ackDeadlineSeconds: 30 });
    const [metadata] = await bucket().getMetadata();
    expect(metadata).toMatchObject({ labels: { team: 'blue' } });
    expect(metadata.lifecycle?.rule).toContainEqual({
      action: { type: 'Delete' },
      condition: {
        age: 30,
        matchesPrefix: ['upscale/', 'enhance/', 'comic/', 'bg-remove/', 'aged/'],
      },
    });
  });

  it('goes on where it was interrupted', async () => {
    const interrupted = new AbortController();
    cloud.when('12/28', () => interrupted.abort());
    await expect(cloud.apply({}, interrupted.signal)).rejects.toThrow('abort');
    expect((await cloud.plan()).changes).toHaveLength(16);
    expect(await cloud.apply()).toBe(0);
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it('goes on where a service failed', async () => {
    const effect = { kind: 'status', status: 503 } as const;
    cloud.when('26/28', () => cloud.storage.faults.add({ on: 'other', effect, times: 1 }));
    expect(await cloud.apply()).toBe(1);
    expect(cloud.said.join('')).toContain(`cannot create bucket ${RESULTS}: `);
    expect(names((await cloud.plan()).changes)).toEqual([RESULTS, `${PROJECT}-imagen-sources`]);
    expect(await cloud.apply()).toBe(0);
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it('asks, or changes nothing where there is nobody to ask', async () => {
    await expect(cloud.apply({ yes: false })).rejects.toThrow(UsageError);
    expect((await cloud.plan()).changes).toHaveLength(28);
  });

  it('refuses what cannot be changed in place, says what to do, and does nothing else', async () => {
    await cloud.apply();
    const { publisher } = cloud.session.clients;
    await publisher.deleteTopic({ topic: topicPath(PROJECT, 'imagen-comic') });
    expect(await cloud.apply()).toBe(1);
    expect(cloud.said.join('')).toContain(
      'topic of subscription imagen-comic-workers: _deleted-topic_ → imagen-comic cannot be changed in place. ' +
        'Delete it, with the messages that it holds, and apply again: gcloud pubsub subscriptions delete imagen-comic-workers',
    );
    expect((await cloud.plan()).changes).toHaveLength(2);
  });

  it('refuses a source bucket that is not there', async () => {
    const { problems, changes } = await cloud.plan({ sourceBucket: ['photos-of-others'] });
    expect(problems).toEqual(['there is no bucket photos-of-others: see --source-bucket']);
    expect(names(changes)).not.toContain('photos-of-others');
  });
});

describe('IAM', () => {
  it('gives back a role that a worker has lost and takes one that it should not have', async () => {
    await cloud.apply();
    const worker = cloud.session.desired.find(({ name }) => name === WORKERS)?.grants[0];
    await cloud.session.servers.subscription.writePolicy(WORKERS, {
      bindings: [{ role: 'roles/pubsub.admin', members: [worker!.member] }],
    });
    await cloud.apply();
    const policy = await cloud.session.servers.subscription.readPolicy(WORKERS);
    expect(policy.bindings).toMatchObject([
      { role: 'roles/pubsub.subscriber', members: { length: 2 } },
    ]);
  });

  it('leaves the bindings of others alone, also where another writes at the same time', async () => {
    await cloud.apply();
    const { servers, desired } = cloud.session;
    const resource = desired.find(({ name }) => name === WORKERS)!;
    const grant = { role: 'roles/pubsub.viewer', member: 'user:bob@example.com' };
    let isFirst = true;
    const raced = {
      ...servers,
      subscription: {
        ...servers.subscription,
        async readPolicy(name: string) {
          const policy = await servers.subscription.readPolicy(name);
          if (isFirst) await addBinding(alice);
          isFirst = false;
          return policy;
        },
      },
    };
    const change: Change = { action: 'change', resource, settings: [], add: [grant], remove: [] };
    await applyChange(raced, change);
    const grants = grantsIn(await servers.subscription.readPolicy(WORKERS));
    expect(grants).toContainEqual(grant);
    expect(grants).toContainEqual({ role: alice.role, member: alice.members[0] });
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it('is skipped, and that is said, where principals cannot be named', async () => {
    const options = { projectNumber: undefined } as object;
    await cloud.apply(options);
    const { notes, changes } = await cloud.plan(options);
    expect([notes.join(''), changes]).toEqual([expect.stringContaining('IAM skipped'), []]);
    expect((await cloud.plan()).changes.every(({ action }) => action === 'change')).toBe(true);
  });
});

describe('imagen infra destroy', () => {
  it('removes all of it and nothing of others', async () => {
    const { publisher, storage } = cloud.session.clients;
    await storage.createBucket('photos-of-others');
    const before = await bucket('photos-of-others').iam.getPolicy();
    await publisher.createTopic({ name: topicPath(PROJECT, 'imagen-other') });
    const options = { sourceBucket: ['photos-of-others'] };
    expect(await cloud.apply(options)).toBe(0);
    expect((await cloud.plan(options)).changes).toEqual([]);
    expect(await cloud.destroy(options)).toBe(0);
    const [topics] = await publisher.listTopics({ project: `projects/${PROJECT}` });
    expect(topics.map(({ name }) => name)).toEqual([topicPath(PROJECT, 'imagen-other')]);
    const after = await bucket('photos-of-others').iam.getPolicy();
    expect(after[0].bindings).toEqual(before[0].bindings);
    const [buckets] = await storage.getBuckets();
    expect(names(buckets)).toEqual(['photos-of-others']);
    expect(await cloud.destroy(options)).toBe(0);
  });

  it('refuses while a bucket holds objects, says how to empty it, and deletes nothing', async () => {
    await cloud.apply();
    await bucket().file('jobs/cat.json').save('{}', { resumable: false });
    expect(await cloud.destroy()).toBe(1);
    expect(cloud.said.join('')).toContain(`gcloud storage rm --all-versions 'gs://${RESULTS}/**'`);
    expect((await cloud.plan()).changes).toEqual([]);
  });

  it('asks, or deletes nothing where there is nobody to ask', async () => {
    await cloud.apply();
    await expect(cloud.destroy({ yes: false })).rejects.toThrow(UsageError);
    expect((await cloud.plan()).changes).toEqual([]);
  });
});
