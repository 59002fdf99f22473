import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '@imagen/contracts';
import { ERRORS, JobError } from '../src/errors.ts';
import { Consumer } from '../src/consumer.ts';
import { openObjects } from '../src/gcp/objects.ts';
import { openEvents } from '../src/gcp/publisher.ts';
import { openSubscription } from '../src/gcp/subscription.ts';
import type { Inference } from '../src/ports.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { flatPicture, toPng } from './support/pictures.ts';

const picture = await toPng(flatPicture({ widthPx: 8, heightPx: 8 }));
let cloud: LocalCloud;
let source: string;
let consumer: Consumer | undefined;
let metrics: Metrics;

beforeEach(async () => {
  cloud = await startLocalCloud();
  source = await cloud.upload('flat.png', picture);
  metrics = createMetrics();
});
afterEach(async () => {
  await consumer?.stop(0);
  await cloud[Symbol.asyncDispose]();
});

/** A consumer of comic jobs whose inference is `model`; `ready` as in the worker. */
async function consume(
  model: Inference['model'],
  { slots = 4, ready = async () => true } = {},
): Promise<void> {
  const name = await cloud.subscribeWithoutBackoff('comic');
  const infer = async (): Promise<never> => Promise.reject(new Error('not reached'));
  consumer = new Consumer({
    operation: 'comic',
    subscription: openSubscription(cloud.subscriber, name),
    slots,
    ports: {
      objects: openObjects(cloud.storage, cloud.resultsBucket),
      events: openEvents(cloud.publisher, cloud.projectId),
      inference: { model, infer },
    },
    ready,
    log: createLogger('silent'),
    metrics,
  });
  void consumer.run();
}

async function counted(name: string): Promise<{ value: number; labels: object }[]> {
  const all = await metrics.registry.getMetricsAsJSON();
  return all.find((metric) => metric.name === name)?.values ?? [];
}

describe('a job that fails', () => {
  const rejected = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'reject');
  const retried = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'retry');

  it.each(rejected)('with %s has its record after one attempt', async (code) => {
    await consume(async () => Promise.reject(new JobError(code, 'made up')));
    await cloud.publish('comic', { jobId: code, source });
    expect(await cloud.ended(code)).toMatchObject({ deliveryAttempt: 1, error: { code } });
    expect(await counted('imagen_deliveries_released_total')).toEqual([]);
  });

  it.each(retried)(
    'with %s is given back, and written down at the eighth attempt',
    async (code) => {
      await consume(async () => Promise.reject(new JobError(code, 'made up')));
      await cloud.publish('comic', { jobId: code, source });
      expect(await cloud.ended(code)).toMatchObject({ deliveryAttempt: 8, error: { code } });
      expect(await counted('imagen_deliveries_released_total')).toMatchObject([
        { value: 7, labels: { code } },
      ]);
    },
  );

  it('with something that is no JobError is INTERNAL, and its text stays in the log', async () => {
    await consume(async () => Promise.reject(new TypeError('secret')));
    await cloud.publish('comic', { jobId: 'odd', source });
    const record = await cloud.ended('odd');
    expect(record).toMatchObject({ error: { code: 'INTERNAL' } });
    expect(JSON.stringify(record)).not.toContain('secret');
  });
});

describe('a consumer', () => {
  it('fills its slots, and has no more jobs at a time than slots', async () => {
    let running = 0;
    let most = 0;
    let bothRun = Promise.withResolvers<void>();
    await consume(
      async () => {
        most = Math.max(most, (running += 1));
        const { promise, resolve } = bothRun;
        if (running === 2) {
          bothRun = Promise.withResolvers();
          resolve();
        }
        await promise;
        running -= 1;
        throw new JobError('MODEL_CONTRACT', 'made up');
      },
      { slots: 2 },
    );
    const jobIds = Array.from({ length: 8 }, (_, index) => `job-${index}`);
    await Promise.all(jobIds.map(async (jobId) => cloud.publish('comic', { jobId, source })));
    await Promise.all(jobIds.map(cloud.ended));
    expect(most).toBe(2);
  });

  it('pulls nothing while the job could not be done, and burns no delivery attempt', async () => {
    let isReady = false;
    let asked = (): void => undefined;
    const askedTwice = new Promise<void>((resolve) => {
      let times = 0;
      asked = () => void ((times += 1) === 2 && resolve());
    });
    const model = async (): Promise<never> => Promise.reject(new JobError('MODEL_CONTRACT', ''));
    await consume(model, { ready: async () => (asked(), isReady) });
    await cloud.publish('comic', { jobId: 'early', source });
    await askedTwice;
    isReady = true;
    expect(await cloud.ended('early')).toMatchObject({ deliveryAttempt: 1 });
  });

  it('gives a running job back when it stops: the next worker gets it at once', async () => {
    let started = (): void => undefined;
    const isRunning = new Promise<void>((resolve) => (started = resolve));
    await consume(async (_, signal) => {
      started();
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      throw new Error('not reached');
    });
    await cloud.publish('comic', { jobId: 'long', source });
    await isRunning;
    await consumer?.stop(0);
    expect(await counted('imagen_deliveries_released_total')).toMatchObject([
      { labels: { code: 'SHUTTING_DOWN' } },
    ]);
  });
});
