import { subscriptionPath, workerSubscription } from '@imagen/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { counted } from '../../src/gcp/counted.ts';
import { openObjects } from '../../src/gcp/objects.ts';
import { openSubscription, type Subscription } from '../../src/gcp/subscription.ts';
import type { Objects } from '../../src/ports.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { type LocalCloud, startLocalCloud } from '../support/local-cloud.ts';

let cloud: LocalCloud;
let metrics: Metrics;
beforeAll(async () => {
  cloud = await startLocalCloud();
});
beforeEach(() => {
  metrics = createMetrics();
});
afterAll(async () => cloud[Symbol.asyncDispose]());

const { signal } = new AbortController();

const subscribe = (name: string): Subscription => {
  const path = subscriptionPath(cloud.projectId, name);
  return counted(openSubscription(cloud.subscriber, path), 'pubsub', metrics);
};
const calls = async (): Promise<unknown[]> => {
  const { values } = await metrics.cloudCalls.get();
  return values
    .filter(({ value }) => value > 0)
    .map(({ labels, value }) => [labels.service, labels.method, labels.code, value]);
};

it('a call that succeeds is counted as OK, and gives what it gives', async () => {
  await cloud.publishRaw('comic', 'hello');
  expect(await subscribe(workerSubscription('comic')).pull(1, signal)).toHaveLength(1);
  expect(await calls()).toEqual([['pubsub', 'pull', 'OK', 1]]);
});

it('a call that fails is counted by the name of its gRPC code, and fails as before', async () => {
  await expect(subscribe('nobody').pull(1, signal)).rejects.toThrow('NOT_FOUND');
  expect(await calls()).toEqual([['pubsub', 'pull', 'NOT_FOUND', 1]]);
});

it('a call that fails with the error of a job is counted by its code', async () => {
  const opened = openObjects(cloud.storage, cloud.resultsBucket);
  const objects = counted<Objects>(opened, 'storage', metrics);
  await expect(objects.readSource('gs://test-sources/none.jpg', 9, signal)).rejects.toThrow();
  expect(await calls()).toEqual([['storage', 'readSource', 'SOURCE_NOT_FOUND', 1]]);
});

it('a call that fails without a code is counted as OTHER', async () => {
  const port = { call: async () => Promise.reject(new DOMException('late', 'TimeoutError')) };
  await expect(counted(port, 'storage', metrics).call()).rejects.toThrow('late');
  expect(await calls()).toEqual([['storage', 'call', 'OTHER', 1]]);
});

it('what usually fails is exported before it does: its first growth is seen', async () => {
  counted({ write: async () => Promise.resolve() }, 'storage', metrics);
  expect((await metrics.cloudCalls.get()).values).toContainEqual({
    labels: { service: 'storage', method: 'write', code: 'STORAGE_UNAVAILABLE' },
    value: 0,
  });
});
