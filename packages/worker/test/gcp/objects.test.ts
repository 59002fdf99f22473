import { afterAll, beforeAll, expect, it } from 'vitest';
import { openObjects, type StoredObjects } from '../../src/gcp/objects.ts';
import { aRecord } from '../support/records.ts';
import { type LocalCloud, startLocalCloud } from '../support/local-cloud.ts';

const signal = new AbortController().signal;
const pixels = { bytes: Buffer.from('pixels'), contentType: 'image/png', jobId: 'job-1' };
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

it('creates a result once: the second writer learns that it is there, and changes nothing', async () => {
  const first = await objects.createResult('comic/job-1.png', pixels);
  const second = await objects.createResult('comic/job-1.png', { ...pixels, bytes: Buffer.of(1) });
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.uri).toBe(first.uri);
  expect((await cloud.result(first.uri)).toString()).toBe('pixels');
});

it('keeps the first record of a job, whoever writes next', async () => {
  expect(await objects.readRecord('job-2')).toBeUndefined();
  const first = aRecord({ jobId: 'job-2', durationMs: 1 });
  await objects.createRecord(first);
  expect(await objects.createRecord(aRecord({ jobId: 'job-2', durationMs: 2 }))).toEqual(first);
  expect(await objects.readRecord('job-2')).toEqual(first);
});

it('says STORAGE_UNAVAILABLE and has a problem when storage is gone', async () => {
  const gone = await startLocalCloud();
  const lost = openObjects(gone.storage, gone.resultsBucket);
  expect(await lost.problem()).toBeNull();
  await gone[Symbol.asyncDispose]();
  expect(await lost.problem()).toMatch(/cannot be listed/);
  await expect(lost.createResult('a', pixels)).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
});
