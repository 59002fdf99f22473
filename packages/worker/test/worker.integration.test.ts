import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { resultOf } from './support/records.ts';
import { startWholeWorker, type WholeWorker } from './support/whole-worker.ts';
import { startWorkerProcess, type WorkerProcess } from './support/worker-process.ts';

const photo = await readFile(new URL('../../../samples/chelsea.jpg', import.meta.url));
let whole: WholeWorker;
let cloud: LocalCloud;
let worker: WorkerProcess;
let source: string;

beforeAll(async () => {
  whole = await startWholeWorker(inject('triton').grpcAddress);
  ({ cloud, worker } = whole);
  source = await cloud.upload('cat.jpg', photo);
});
afterAll(async () => whole[Symbol.asyncDispose]());

describe('a job', () => {
  it.each([
    ['upscale', {}, { widthPx: 1804, heightPx: 1200, format: 'jpeg' }],
    ['upscale', { scale: 2 }, { widthPx: 902, heightPx: 600, format: 'jpeg' }],
    ['enhance', {}, { widthPx: 451, heightPx: 300, format: 'jpeg' }],
    ['comic', {}, { widthPx: 451, heightPx: 300, format: 'jpeg' }],
    ['aged', {}, { widthPx: 451, heightPx: 300, format: 'jpeg' }],
    ['bg-remove', {}, { widthPx: 451, heightPx: 300, format: 'png' }],
    ['bg-remove', { result: '#336699' }, { widthPx: 451, heightPx: 300, format: 'jpeg' }],
  ] as const)(
    '%s %j ends with a result, a record and an event',
    async (operation, params, result) => {
      const jobId = `${operation}-${result.widthPx}-${result.format}`;
      await cloud.publish(operation, { jobId, source, params });
      const event = await cloud.ended(jobId);
      const record = await cloud.record(jobId);
      expect(record).toMatchObject({ outcome: 'succeeded', result });
      expect(event).toEqual(record);
      const { uri, bytes } = resultOf(record);
      expect(await cloud.result(uri)).toHaveLength(bytes);
    },
  );
});

describe('a bad job ends as a failed record, and the worker goes on', () => {
  it.each([
    ['a text file named .jpg', 'UNSUPPORTED_FORMAT', { jobId: 'text' }, 'not a picture'],
    ['a truncated picture', 'UNDECODABLE_IMAGE', { jobId: 'cut' }, photo.subarray(0, 9000)],
    ['unknown params', 'INVALID_PARAMS', { jobId: 'params', params: { speed: 9 } }, photo],
  ])('%s: %s', async (_, code, job, bytes) => {
    const uri = await cloud.upload(`${job.jobId}.jpg`, Buffer.from(bytes));
    await cloud.publish('comic', { source: uri, ...job });
    expect(await cloud.ended(job.jobId)).toMatchObject({ outcome: 'failed', error: { code } });
  });

  it('a missing object: SOURCE_NOT_FOUND', async () => {
    await cloud.publish('aged', { jobId: 'missing', source: 'gs://test-sources/none.jpg' });
    expect(await cloud.ended('missing')).toMatchObject({ error: { code: 'SOURCE_NOT_FOUND' } });
  });

  it('a message that is not JSON, but names its job in the attributes: INVALID_MESSAGE', async () => {
    await cloud.publishRaw('comic', 'hello', { jobId: 'hello' });
    expect(await cloud.ended('hello')).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
  });

  it('a message that names no job is rejected and counted', async () => {
    await cloud.publishRaw('comic', 'hello');
    await worker.logged(({ msg }) => msg === 'message rejected: it names no job');
    const metrics = await (await fetch(`${worker.url}/metrics`)).text();
    expect(metrics).toContain(
      'imagen_messages_rejected_total{operation="comic",code="INVALID_MESSAGE"} 1',
    );
  });
});

describe('the endpoints', () => {
  it('are well while jobs can be done', async () => {
    expect((await fetch(`${worker.url}/livez`)).status).toBe(200);
    expect(await (await fetch(`${worker.url}/readyz`)).json()).toEqual({
      triton: null,
      subscriptions: null,
      storage: null,
    });
  });

  it('say what is missing when Triton is not there', async () => {
    await using lonely = await startWorkerProcess({
      ...cloud.environment,
      IMAGEN_OPERATIONS: 'comic',
      IMAGEN_TRITON_ADDRESS: '127.0.0.1:1',
    });
    const response = await fetch(`${lonely.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ triton: expect.stringContaining('ready') });
  });
});

describe('SIGTERM', () => {
  const startOwn = async (own: LocalCloud): Promise<WorkerProcess> =>
    startWorkerProcess({
      ...own.environment,
      IMAGEN_OPERATIONS: 'aged',
      IMAGEN_TRITON_ADDRESS: inject('triton').grpcAddress,
    });

  /** Publishes a job whose source never comes, and waits until the worker has it. */
  async function startStuckJob(own: LocalCloud): Promise<void> {
    const uri = await own.upload('cat.jpg', photo);
    const stalled = own.storageFaults.add({ on: 'metadata', effect: { kind: 'stall' } });
    await own.publish('aged', { jobId: 'stuck', source: uri });
    await vi.waitUntil(() => stalled.struck > 0, { timeout: 20_000 });
  }

  it('ends an idle worker with exit code 0', async () => {
    await using idle = await startOwn(cloud);
    idle.kill('SIGTERM');
    expect(await idle.exited).toBe(0);
  });

  it('gives a job back that cannot end in time, and ends with exit code 0', async () => {
    await using own = await startLocalCloud();
    await using busy = await startOwn(own);
    await startStuckJob(own);
    busy.kill('SIGTERM');
    expect(await busy.exited).toBe(0);
    expect(own.journal).toContainEqual(
      expect.objectContaining({ rpc: 'ModifyAckDeadline', ackDeadlineSeconds: 0, outcome: 'OK' }),
    );
  });

  it('a second time ends it at once', async () => {
    await using own = await startLocalCloud();
    await using busy = await startOwn(own);
    await startStuckJob(own);
    busy.kill('SIGTERM');
    await busy.logged(({ msg }) => msg === 'stopping');
    busy.kill('SIGTERM');
    expect(await busy.exited).toBe(130);
  });
});
