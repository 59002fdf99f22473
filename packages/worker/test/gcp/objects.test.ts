import { randomUUID } from 'node:crypto';
import type { StorageEffect, StorageTarget } from '@imagen/local-stack/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobError } from '../../src/errors.ts';
import { openObjects, type StoredObjects } from '../../src/gcp/objects.ts';
import { aRecord } from '../support/records.ts';
import { type LocalCloud, startLocalCloud } from '../support/local-cloud.ts';

const signal = new AbortController().signal;
const pixels = {
  bytes: Buffer.from('pixels'),
  contentType: 'image/png',
  jobId: 'job-1',
  messageDigest: 'a'.repeat(64),
};
let cloud: LocalCloud;
let objects: StoredObjects;

beforeAll(async () => {
  cloud = await startLocalCloud();
  objects = openObjects(cloud.storage, cloud.resultsBucket);
});
afterAll(async () => cloud[Symbol.asyncDispose]());

it('reads one generation of a source', async () => {
  const uri = await cloud.upload('with space/und ümläut.jpg', Buffer.from('hello'));
  const source = await objects.readSource(uri, 100, signal);
  expect(Buffer.from(source.bytes).toString()).toBe('hello');
  expect(source.generation).toMatch(/^\d+$/);
});

it('refuses a source that is too large before downloading it', async () => {
  const uri = await cloud.upload('large.jpg', Buffer.alloc(101));
  await expect(objects.readSource(uri, 100, signal)).rejects.toMatchObject({
    code: 'IMAGE_TOO_LARGE',
  });
});

it('says SOURCE_NOT_FOUND for a missing object and for a missing bucket', async () => {
  for (const uri of ['gs://test-sources/none', 'gs://no-such-bucket/none']) {
    await expect(objects.readSource(uri, 100, signal)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
  }
});

it('says SOURCE_NOT_FOUND where Cloud Storage takes the name for none', async () => {
  const fault = cloud.storageFaults.add({
    on: 'metadata',
    effect: { kind: 'status', status: 400 },
    times: 1,
  });
  await expect(objects.readSource('gs://test-sources/x', 100, signal)).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
  });
  expect(fault.struck).toBe(1);
});

it('creates a result once: the second writer of the same message finds it there, and changes nothing', async () => {
  const first = await objects.createResult('comic/job-1.png', pixels, signal);
  const other = { ...pixels, bytes: Buffer.of(1) };
  expect(await objects.createResult('comic/job-1.png', other, signal)).toEqual(first);
  expect((await cloud.result(first.uri)).toString()).toBe('pixels');
});

it('finds what it has written also where it is told that it may not replace it', async () => {
  const forbid = () =>
    cloud.storageFaults.add({ on: 'upload', effect: { kind: 'status', status: 403 }, times: 1 });
  const first = await objects.createResult('comic/job-4.png', pixels, signal);
  const faults = [forbid()];
  expect(await objects.createResult('comic/job-4.png', pixels, signal)).toEqual(first);
  faults.push(forbid());
  const denied = objects.createResult('comic/job-5.png', pixels, signal);
  await expect(denied).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  expect(faults.map(({ struck }) => struck)).toEqual([1, 1]);
});

it('refuses a result whose name another message has taken: JOB_CONFLICT', async () => {
  await objects.createResult('comic/job-3.png', pixels, signal);
  const other = { ...pixels, messageDigest: 'b'.repeat(64) };
  await expect(objects.createResult('comic/job-3.png', other, signal)).rejects.toMatchObject({
    code: 'JOB_CONFLICT',
  });
});

it('keeps the first record of a job, whoever writes next', async () => {
  expect(await objects.readRecord('job-2', signal)).toBeUndefined();
  const first = aRecord({ jobId: 'job-2', durationMs: 1 });
  await objects.createRecord(first, signal);
  const second = aRecord({ jobId: 'job-2', durationMs: 2 });
  expect(await objects.createRecord(second, signal)).toEqual(first);
  expect(await objects.readRecord('job-2', signal)).toEqual(first);
});

describe('when storage has a fault', () => {
  const faults: [StorageTarget, StorageEffect][] = [
    ['upload', { kind: 'status', status: 503 }],
    ['upload', { kind: 'status', status: 429 }],
    ['upload', { kind: 'reset' }],
    ['upload', { kind: 'lose-response' }],
    ['download', { kind: 'status', status: 503 }],
    ['download', { kind: 'reset' }],
    ['download', { kind: 'truncate' }],
    ['download', { kind: 'corrupt' }],
    ['metadata', { kind: 'status', status: 503 }],
    ['metadata', { kind: 'reset' }],
  ];

  it.each(faults)('%s %j, a job does not notice it', async (on, effect) => {
    const name = `comic/${on}-${JSON.stringify(effect).length}-${randomUUID()}.png`;
    const uri = await cloud.upload(name, Buffer.alloc(100_000, 7));
    const fault = cloud.storageFaults.add({ on, effect, times: 1 });
    const source = await objects.readSource(uri, 1e6, signal);
    const written = await objects.createResult(name, { ...pixels, bytes: source.bytes }, signal);
    expect((await cloud.result(written.uri)).equals(Buffer.alloc(100_000, 7))).toBe(true);
    expect(fault.struck).toBe(1);
  });

  it('that lasts, it is STORAGE_UNAVAILABLE, and ends at once when the job does', async () => {
    const fault = cloud.storageFaults.add({ on: 'upload', effect: { kind: 'reset' } });
    const created = objects.createResult('comic/never.png', pixels, signal);
    await expect(created).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(fault.struck).toBe(6);
    const ended = AbortSignal.abort(new JobError('SHUTTING_DOWN', 'stop'));
    const stopped = objects.createResult('comic/never.png', pixels, ended);
    await expect(stopped).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    fault.remove();
  });
});

it('says STORAGE_UNAVAILABLE and has a problem when storage is gone', async () => {
  const gone = await startLocalCloud();
  const lost = openObjects(gone.storage, gone.resultsBucket);
  expect(await lost.problem()).toBeNull();
  await gone[Symbol.asyncDispose]();
  expect(await lost.problem()).toMatch(/cannot be reached/);
  await expect(lost.createResult('a', pixels, signal)).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
});
