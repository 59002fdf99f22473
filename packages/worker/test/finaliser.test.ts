import { deadLetterTopic, type JobRecord, subscriptionPath, topicPath } from '@imagen/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { JobError } from '../src/errors.ts';
import { Finaliser, type FinaliserContext } from '../src/finaliser.ts';
import { openObjects } from '../src/gcp/objects.ts';
import { openEvents } from '../src/gcp/publisher.ts';
import { openSubscription, type Subscription } from '../src/gcp/subscription.ts';
import { digestOf } from '../src/parse-job.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { aRecord } from './support/records.ts';

const { signal } = new AbortController();
let cloud: LocalCloud;
let name: string;
let ports: FinaliserContext['ports'];
let metrics: Metrics;
let finaliser: Finaliser | undefined;
/** Leases that the finaliser has neither acked nor given back. */
let leased: Set<string>;

beforeEach(async () => {
  cloud = await startLocalCloud();
  // Like the finaliser's own, but what is given back comes again at once.
  name = subscriptionPath(cloud.projectId, 'impatient-finaliser');
  const topic = topicPath(cloud.projectId, deadLetterTopic('comic'));
  await cloud.subscriber.createSubscription({ name, topic, ackDeadlineSeconds: 60 });
  ports = {
    objects: openObjects(cloud.storage, cloud.resultsBucket),
    events: openEvents(cloud.publisher, cloud.projectId),
  };
  metrics = createMetrics();
  leased = new Set();
});
afterEach(async () => {
  await finaliser?.stop();
  await cloud[Symbol.asyncDispose]();
});

function start(differences: Partial<FinaliserContext> = {}): void {
  const subscription = watched(openSubscription(cloud.subscriber, name));
  const log = createLogger('silent');
  const context = { operation: 'comic', subscription, ports, log, metrics } as const;
  finaliser = new Finaliser({ ...context, ...differences });
  finaliser.start();
}

function watched(subscription: Subscription): Subscription {
  const end = (ackIds: readonly string[]): void => ackIds.forEach((ackId) => leased.delete(ackId));
  return {
    async pull(maxMessages, stopping) {
      const messages = await subscription.pull(maxMessages, stopping);
      for (const { ackId } of messages) leased.add(ackId);
      return messages;
    },
    acknowledge: async (ackIds) => subscription.acknowledge(ackIds).then(() => end(ackIds)),
    modifyAckDeadline: async (ackIds, seconds) =>
      subscription.modifyAckDeadline(ackIds, seconds).then(() => end(ackIds)),
  };
}

/** Publishes what Pub/Sub would to the dead-letter topic; returns its data. */
async function deadLetter(jobId: string, data = JSON.stringify({ jobId })): Promise<string> {
  const topic = topicPath(cloud.projectId, deadLetterTopic('comic'));
  const attributes = {
    CloudPubSubDeadLetterSourceDeliveryCount: '10',
    CloudPubSubDeadLetterSourceTopicPublishTime: '2026-01-01T00:00:00.000+00:00',
  };
  await cloud.publisher.publish({ topic, messages: [{ data: Buffer.from(data), attributes }] });
  return data;
}

/** Dead letters that are still there, once the finaliser has stopped. */
async function left(): Promise<number> {
  await finaliser?.stop();
  const request = { subscription: name, maxMessages: 10, returnImmediately: true };
  const [{ receivedMessages }] = await cloud.subscriber.pull(request);
  return (receivedMessages?.length ?? 0) + leased.size;
}

async function counted(metric: string): Promise<object[]> {
  const all = await metrics.registry.getMetricsAsJSON();
  return all.find((one) => one.name === metric)?.values ?? [];
}

function recordFor(data: string, differences: Partial<JobRecord>): JobRecord {
  const messageDigest = digestOf({ operation: 'comic', data: Buffer.from(data) });
  return aRecord({ messageDigest, ...differences });
}

it('a job that was delivered 10 times without an outcome has a failed record, an event, and what to do next', async () => {
  start();
  await deadLetter('lost');
  const record = await cloud.ended('lost');
  expect(record).toMatchObject({
    outcome: 'failed',
    deliveryAttempt: 10,
    publishedAt: '2026-01-01T00:00:00.000Z',
    error: {
      code: 'UNDELIVERABLE',
      message: expect.stringMatching(/delivered 10 times without an outcome.*redrive/),
    },
  });
  expect(await cloud.record('lost')).toEqual(record);
  expect(await left()).toBe(0);
  expect(await counted('imagen_jobs_total')).toMatchObject([
    { value: 1, labels: { operation: 'comic', outcome: 'UNDELIVERABLE' } },
  ]);
});

it('a job whose messages Pub/Sub gives up has its record: the way from nack to record', async () => {
  start();
  const jobs = openSubscription(cloud.subscriber, await cloud.subscribeWithoutBackoff('comic'));
  await cloud.publish('comic', { jobId: 'unlucky', source: 'gs://test-sources/a.png' });
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    const messages = await jobs.pull(1, signal);
    await jobs.modifyAckDeadline(
      messages.map(({ ackId }) => ackId),
      0,
    );
  }
  expect(await cloud.ended('unlucky')).toMatchObject({
    deliveryAttempt: 10,
    error: { code: 'UNDELIVERABLE' },
  });
});

it('a record that stands is kept and announced again: its event may never have been sent', async () => {
  const data = await deadLetter('done');
  const standing = recordFor(data, { jobId: 'done' });
  await ports.objects.createRecord(standing, signal);
  start();
  expect(await cloud.ended('done')).toEqual(standing);
  expect(await left()).toBe(0);
  expect(await counted('imagen_jobs_total')).toEqual([]);
});

it('a dead letter that comes twice changes nothing', async () => {
  start();
  await deadLetter('twice');
  const first = await cloud.ended('twice');
  await deadLetter('twice');
  await deadLetter('last');
  await cloud.ended('last');
  expect(await left()).toBe(0);
  expect(await cloud.record('twice')).toEqual(first);
});

it('a dead letter that names no job is counted and dropped', async () => {
  start();
  await deadLetter('', 'not JSON');
  await deadLetter('next');
  await cloud.ended('next');
  expect(await left()).toBe(0);
  expect(await counted('imagen_messages_rejected_total')).toMatchObject([
    { value: 1, labels: { operation: 'comic', code: 'UNDELIVERABLE' } },
  ]);
});

it('a dead letter whose job has the record of another message is counted and dropped', async () => {
  const standing = recordFor('another message', { jobId: 'taken' });
  await ports.objects.createRecord(standing, signal);
  await deadLetter('taken');
  start();
  await vi.waitFor(async () =>
    expect(await counted('imagen_messages_rejected_total')).toMatchObject([
      { value: 1, labels: { code: 'JOB_CONFLICT' } },
    ]),
  );
  expect(await left()).toBe(0);
  expect(await cloud.record('taken')).toEqual(standing);
});

it.each(['objects', 'events'] as const)(
  'while %s are in trouble a dead letter is given back, and done when they are well',
  async (port) => {
    let failures = 2;
    const trouble = (): void => {
      failures -= 1;
      if (failures >= 0) throw new JobError('STORAGE_UNAVAILABLE', 'made up');
    };
    const { objects, events } = ports;
    const failing = {
      objects: {
        ...objects,
        createRecord: async (...args: Parameters<typeof objects.createRecord>) => {
          if (port === 'objects') trouble();
          return objects.createRecord(...args);
        },
      },
      events: {
        publish: async (...args: Parameters<typeof events.publish>) => {
          if (port === 'events') trouble();
          return events.publish(...args);
        },
      },
    };
    start({ ports: failing });
    await deadLetter('later');
    expect(await cloud.ended('later')).toMatchObject({ error: { code: 'UNDELIVERABLE' } });
    expect(failures).toBe(-1);
    expect(await left()).toBe(0);
  },
);

it('a subscription that is not there stops nobody, and stopping does not wait for it', async () => {
  name = subscriptionPath(cloud.projectId, 'none');
  const log = createLogger('silent');
  const problems = vi.spyOn(log, 'error');
  start({ log });
  await vi.waitFor(() => expect(problems).toHaveBeenCalledOnce());
  const startedAt = performance.now();
  await finaliser?.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
