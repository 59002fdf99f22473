import { ERROR_CODES, type ErrorCode } from '@imagen/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Condition, Probe } from '../src/breaker.ts';
import { ERRORS, JobError } from '../src/errors.ts';
import { type ConsumerBench, failWith, openConsumerBench } from './support/consumer-bench.ts';

let bench: ConsumerBench;
beforeEach(async () => {
  bench = await openConsumerBench();
});
afterEach(async () => bench[Symbol.asyncDispose]());

const tried = (code: ErrorCode): number => ERRORS[code].tries ?? 1;

describe('a job that fails', () => {
  const rejected = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'reject');
  const retried = ERROR_CODES.filter((code) => ERRORS[code].disposition === 'retry');
  const released = retried.filter((code) => tried(code) < Infinity);
  const held = retried.filter((code) => tried(code) > 1);

  it.each(rejected.filter((code) => code !== 'JOB_CONFLICT'))(
    'with %s has its record after one attempt',
    async (code) => {
      bench.consume(failWith(code));
      expect(await bench.runJobs(code)).toMatchObject([{ deliveryAttempt: 1, error: { code } }]);
      expect(await bench.counted('imagen_deliveries_released_total')).toEqual([]);
    },
  );

  it.each(released)(
    'with %s is given back, and written down at the eighth attempt',
    async (code) => {
      bench.consume(failWith(code));
      expect(await bench.runJobs(code)).toMatchObject([{ deliveryAttempt: 8, error: { code } }]);
      expect(await bench.counted('imagen_deliveries_released_total')).toMatchObject([
        { value: 7, labels: { code } },
      ]);
    },
  );

  it.each(held)('with %s is held and tried again under its lease', async (code) => {
    let tries = 0;
    const passing = failWith(code);
    const final = failWith('MODEL_CONTRACT');
    bench.consume(async (...args) => {
      tries += 1;
      return tries < Math.min(tried(code), 3) ? passing(...args) : final(...args);
    });
    const [record] = await bench.runJobs(code);
    expect(record).toMatchObject({ deliveryAttempt: 1, error: { code: 'MODEL_CONTRACT' } });
    expect(tries).toBe(Math.min(tried(code), 3));
  });

  it('with one code may still fail with another: tries are counted by code', async () => {
    const codes: ErrorCode[] = ['INFERENCE_UNAVAILABLE', 'INFERENCE_FAILED', 'MODEL_CONTRACT'];
    bench.consume(async (...args) => failWith(codes.shift() ?? 'INTERNAL')(...args));
    const [record] = await bench.runJobs('unlucky');
    expect(record).toMatchObject({ deliveryAttempt: 1, error: { code: 'MODEL_CONTRACT' } });
  });

  it('with something that is no JobError is INTERNAL, and its text stays in the log', async () => {
    bench.consume(async () => Promise.reject(new TypeError('secret')));
    const [record] = await bench.runJobs('odd');
    expect(record).toMatchObject({ error: { code: 'INTERNAL' } });
    expect(JSON.stringify(record)).not.toContain('secret');
  });
});

it('a message with the jobId of another is counted and acked, and leaves the record alone', async () => {
  bench.consume(failWith('MODEL_CONTRACT'));
  const [first] = await bench.runJobs('same');
  await bench.cloud.publish('comic', {
    jobId: 'same',
    source: bench.source,
    params: { levels: 9 },
  });
  await vi.waitFor(async () => {
    expect(await bench.counted('imagen_messages_rejected_total')).toMatchObject([
      { value: 1, labels: { code: 'JOB_CONFLICT' } },
    ]);
  });
  expect(await bench.cloud.record('same')).toEqual(first);
});

it('copies of a message take turns: the first is worked on, the others find its record', async () => {
  let tries = 0;
  const release = Promise.withResolvers<void>();
  bench.consume(async () => {
    tries += 1;
    await release.promise;
    throw new JobError('MODEL_CONTRACT', 'made up');
  });
  for (let i = 0; i < 12; i++)
    await bench.cloud.publish('comic', { jobId: 'copy', source: bench.source });
  release.resolve();
  await vi.waitUntil(() => bench.acked() === 12, { timeout: 10_000 });
  expect(tries).toBe(1);
});

it('exports when the oldest job it holds was published, and 0 when it holds none', async () => {
  const release = Promise.withResolvers<void>();
  bench.consume(async () => {
    await release.promise;
    throw new JobError('MODEL_CONTRACT', 'made up');
  });
  const oldest = async (): Promise<number | undefined> =>
    (await bench.counted('imagen_oldest_job_timestamp_seconds'))[0]?.value;
  const ended = bench.runJobs('first', 'second');
  await vi.waitFor(async () => {
    expect(await bench.counted('imagen_jobs_running')).toMatchObject([{ value: 2 }]);
  });
  const whileHeld = await oldest();
  release.resolve();
  const published = (await ended).map(({ publishedAt }) => Date.parse(publishedAt) / 1000);
  expect(whileHeld).toBeCloseTo(Math.min(...published), 2);
  await vi.waitFor(async () => expect(await oldest()).toBe(0));
});

describe('a consumer', () => {
  it('fills its slots, and has no more jobs at a time than slots', async () => {
    let running = 0;
    let most = 0;
    let bothRun = Promise.withResolvers<void>();
    bench.consume(
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
    await bench.runJobs(...Array.from({ length: 8 }, (_, index) => `job-${index}`));
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
      bench.consume(failWith('MODEL_CONTRACT'), { [dependency]: probe });
      await bench.cloud.publish('comic', { jobId: 'early', source: bench.source });
      await new Promise((resolve) => probed.addEventListener('probe', resolve, { once: true }));
      expect(bench.cloud.journal.filter(({ rpc }) => rpc === 'Pull')).toEqual([]);
      condition = 'well';
      expect(await bench.cloud.ended('early')).toMatchObject({ deliveryAttempt: 1 });
    },
  );

  it('fills its slots once while Triton is absent, holds the jobs, and does them when it is there', async () => {
    let condition: Condition = 'absent';
    const triton: Probe = async () => Promise.resolve(condition);
    bench.consume(failWith('MODEL_CONTRACT'), { slots: 2, triton });
    const done = bench.runJobs('a', 'b', 'c', 'd');
    await vi.waitFor(async () => {
      expect(await bench.counted('imagen_jobs_waiting')).toMatchObject([{ value: 2 }]);
    });
    expect(
      bench.cloud.journal.flatMap(({ rpc, ackIds }) => (rpc === 'Pull' ? ackIds : [])),
    ).toHaveLength(2);
    condition = 'well';
    for (const record of await done) expect(record).toMatchObject({ deliveryAttempt: 1 });
    expect(await bench.counted('imagen_jobs_waiting')).toMatchObject([{ value: 0 }]);
  });

  it('gives jobs that wait back at once when it stops', async () => {
    const triton: Probe = async () => Promise.resolve('absent');
    const consumer = bench.consume(failWith('MODEL_CONTRACT'), { triton });
    await bench.cloud.publish('comic', { jobId: 'waiting', source: bench.source });
    await vi.waitFor(async () => {
      expect(await bench.counted('imagen_jobs_waiting')).toMatchObject([{ value: 1 }]);
    });
    await consumer.stop(600_000);
    expect(bench.cloud.journal.at(-1)).toMatchObject({
      rpc: 'ModifyAckDeadline',
      ackDeadlineSeconds: 0,
    });
  });

  it('gives a running job back when its time is over: the next worker gets it at once', async () => {
    let started = (): void => undefined;
    const isRunning = new Promise<void>((resolve) => (started = resolve));
    const consumer = bench.consume(async (_, signal) => {
      started();
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      throw new Error('not reached');
    });
    await bench.cloud.publish('comic', { jobId: 'long', source: bench.source });
    await isRunning;
    await consumer.stop(0);
    expect(await bench.counted('imagen_deliveries_released_total')).toMatchObject([
      { labels: { code: 'SHUTTING_DOWN' } },
    ]);
  });
});
