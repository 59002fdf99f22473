import { ERROR_CODES, type ErrorCode, type JobRecord } from '@imagen/contracts';
import type { FaultyRpc, RpcEffect } from '@imagen/local-stack/pubsub';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker, type Condition, type Probe } from '../src/breaker.ts';
import { Consumer } from '../src/consumer.ts';
import { ERRORS, JobError } from '../src/errors.ts';
import { openObjects } from '../src/gcp/objects.ts';
import { openEvents } from '../src/gcp/publisher.ts';
import { openSubscription } from '../src/gcp/subscription.ts';
import { MemoryBudget } from '../src/memory-budget.ts';
import type { Inference } from '../src/ports.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { flatPicture, toPng } from './support/pictures.ts';

const picture = await toPng(flatPicture({ widthPx: 8, heightPx: 8 }));
let cloud: LocalCloud;
let source: string;
let subscription: string;
let consumer: Consumer | undefined;
let metrics: Metrics;

beforeEach(async () => {
  cloud = await startLocalCloud();
  source = await cloud.upload('flat.png', picture);
  subscription = await cloud.subscribeWithoutBackoff('comic');
  metrics = createMetrics();
});
afterEach(async () => {
  await consumer?.stop(0);
  await cloud[Symbol.asyncDispose]();
});

/** A consumer of comic jobs whose inference is `model`; its dependencies are as the probes say. */
async function consume(
  model: Inference['model'],
  {
    slots = 4,
    triton = well,
    storage = well,
  }: { slots?: number; triton?: Probe; storage?: Probe } = {},
): Promise<void> {
  const infer = async (): Promise<never> => Promise.reject(new Error('not reached'));
  consumer = new Consumer({
    operation: 'comic',
    subscription: openSubscription(cloud.subscriber, subscription),
    slots,
    ports: {
      objects: openObjects(cloud.storage, cloud.resultsBucket),
      events: openEvents(cloud.publisher, cloud.projectId),
      inference: { model, infer },
      memory: new MemoryBudget(1e9),
    },
    breakers: {
      triton: new Breaker(triton, () => undefined),
      storage: new Breaker(storage, () => undefined),
    },
    log: createLogger('silent'),
    metrics,
  });
  void consumer.run();
}

const well: Probe = async () => Promise.resolve('well');
const failWith = (code: ErrorCode) => async (): Promise<never> =>
  Promise.reject(new JobError(code, 'made up'));

async function counted(name: string): Promise<{ value: number; labels: object }[]> {
  const all = await metrics.registry.getMetricsAsJSON();
  return all.find((metric) => metric.name === name)?.values ?? [];
}

/** Publishes jobs with these ids, and waits for all to end. */
async function runJobs(...jobIds: string[]): Promise<JobRecord[]> {
  await Promise.all(jobIds.map(async (jobId) => cloud.publish('comic', { jobId, source })));
  return Promise.all(jobIds.map(cloud.ended));
}

const tried = (code: ErrorCode): number => ERRORS[code].tries ?? 1;

describe('a job that fails', () => {
  const rejected = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'reject');
  const retried = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'retry');
  const released = retried.filter((code) => tried(code) < Infinity);
  const held = retried.filter((code) => tried(code) > 1);

  it.each(rejected.filter((code) => code !== 'JOB_CONFLICT'))(
    'with %s has its record after one attempt',
    async (code) => {
      await consume(failWith(code));
      expect(await runJobs(code)).toMatchObject([{ deliveryAttempt: 1, error: { code } }]);
      expect(await counted('imagen_deliveries_released_total')).toEqual([]);
    },
  );

  it.each(released)(
    'with %s is given back, and written down at the eighth attempt',
    async (code) => {
      await consume(failWith(code));
      expect(await runJobs(code)).toMatchObject([{ deliveryAttempt: 8, error: { code } }]);
      expect(await counted('imagen_deliveries_released_total')).toMatchObject([
        { value: 7, labels: { code } },
      ]);
    },
  );

  it.each(held)('with %s is held and tried again under its lease', async (code) => {
    let tries = 0;
    const passing = failWith(code);
    await consume(async () =>
      (tries += 1) < tried(code) && tries < 3 ? passing() : failWith('MODEL_CONTRACT')(),
    );
    const [record] = await runJobs(code);
    expect(record).toMatchObject({ deliveryAttempt: 1, error: { code: 'MODEL_CONTRACT' } });
    expect(tries).toBe(Math.min(tried(code), 3));
  });

  it('with something that is no JobError is INTERNAL, and its text stays in the log', async () => {
    await consume(async () => Promise.reject(new TypeError('secret')));
    const [record] = await runJobs('odd');
    expect(record).toMatchObject({ error: { code: 'INTERNAL' } });
    expect(JSON.stringify(record)).not.toContain('secret');
  });
});

it('a message with the jobId of another is counted and acked, and leaves the record alone', async () => {
  await consume(failWith('MODEL_CONTRACT'));
  const [first] = await runJobs('same');
  await cloud.publish('comic', { jobId: 'same', source, params: { levels: 9 } });
  await vi.waitFor(async () => {
    expect(await counted('imagen_messages_rejected_total')).toMatchObject([
      { value: 1, labels: { code: 'JOB_CONFLICT' } },
    ]);
  });
  expect(await cloud.record('same')).toEqual(first);
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
    await runJobs(...Array.from({ length: 8 }, (_, index) => `job-${index}`));
    expect(most).toBe(2);
  });

  it.each(['triton', 'storage'] as const)(
    'pulls nothing while %s is failing',
    async (dependency) => {
      let condition: Condition = 'failing';
      const probed = new EventTarget();
      const probe: Probe = async () => {
        probed.dispatchEvent(new Event('probe'));
        return Promise.resolve(condition);
      };
      await consume(failWith('MODEL_CONTRACT'), { [dependency]: probe });
      await cloud.publish('comic', { jobId: 'early', source });
      await new Promise((resolve) => probed.addEventListener('probe', resolve, { once: true }));
      expect(cloud.journal.filter(({ rpc }) => rpc === 'Pull')).toEqual([]);
      condition = 'well';
      expect(await cloud.ended('early')).toMatchObject({ deliveryAttempt: 1 });
    },
  );

  it('fills its slots once while Triton is absent, holds the jobs, and does them when it is there', async () => {
    let condition: Condition = 'absent';
    const triton: Probe = async () => Promise.resolve(condition);
    await consume(failWith('MODEL_CONTRACT'), { slots: 2, triton });
    const done = runJobs('a', 'b', 'c', 'd');
    await vi.waitFor(async () => {
      expect(await counted('imagen_jobs_waiting')).toMatchObject([{ value: 2 }]);
    });
    expect(cloud.journal.flatMap(({ rpc, ackIds }) => (rpc === 'Pull' ? ackIds : []))).toHaveLength(
      2,
    );
    condition = 'well';
    for (const record of await done) expect(record).toMatchObject({ deliveryAttempt: 1 });
    expect(await counted('imagen_jobs_waiting')).toMatchObject([{ value: 0 }]);
  });

  it('gives jobs that wait back at once when it stops', async () => {
    await consume(failWith('MODEL_CONTRACT'), { triton: async () => Promise.resolve('absent') });
    await cloud.publish('comic', { jobId: 'waiting', source });
    await vi.waitFor(async () => {
      expect(await counted('imagen_jobs_waiting')).toMatchObject([{ value: 1 }]);
    });
    await consumer?.stop(600_000);
    expect(cloud.journal.at(-1)).toMatchObject({ rpc: 'ModifyAckDeadline', ackDeadlineSeconds: 0 });
  });

  it('gives a running job back when its time is over: the next worker gets it at once', async () => {
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

describe('when Pub/Sub has a fault', () => {
  it.each<[FaultyRpc, RpcEffect]>([
    ['Pull', { kind: 'unavailable' }],
    ['Pull', { kind: 'duplicate' }],
    ['Publish', { kind: 'unavailable' }],
    ['Publish', { kind: 'lose-response' }],
    ['Acknowledge', { kind: 'unavailable' }],
    ['Acknowledge', { kind: 'lose-response' }],
    ['Acknowledge', { kind: 'delay', delayMs: 50 }],
    ['ModifyAckDeadline', { kind: 'unavailable' }],
  ])('%s %j, the job has its record, its event and its ack', async (on, effect) => {
    await cloud.publish('comic', { jobId: 'struck', source });
    const fault = cloud.pubsubFaults.add({ on, effect, times: 1 });
    await consume(failWith('MODEL_CONTRACT'));
    expect(await cloud.ended('struck')).toMatchObject({ error: { code: 'MODEL_CONTRACT' } });
    await vi.waitFor(() => {
      expect(cloud.journal).toContainEqual(
        expect.objectContaining({ rpc: 'Acknowledge', resource: subscription, outcome: 'OK' }),
      );
    });
    expect(fault.struck).toBe(1);
  });
});
