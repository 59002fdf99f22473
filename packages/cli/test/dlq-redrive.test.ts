import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RpcEffect } from '@imagen/local-stack/pubsub';
import type { StorageEffect } from '@imagen/local-stack/storage';
import { redriveDeadLetters } from '../src/commands/dlq-redrive.ts';
import { type DeadLetterCloud, startDeadLetterCloud } from './support/dead-letter-cloud.ts';

const dry = { limit: '1000', quietMs: '300', json: true };
const options = { ...dry, yes: true };
const { signal } = new AbortController();
let cloud: DeadLetterCloud;
let printed: string[];

beforeEach(async () => {
  cloud = await startDeadLetterCloud();
  printed = [];
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await cloud[Symbol.asyncDispose]();
});

const answer = (): unknown => JSON.parse(printed.at(-1) ?? 'null');
const dataOf = (found: readonly { data: string }[]): string[] => found.map(({ data }) => data);

it('a dead letter is published as it was, its failed record is gone, and so is the dead letter', async () => {
  const data = await cloud.deadLetter('comic', 'cat');
  await cloud.writeRecord('cat', 'failed', data);
  expect(await redriveDeadLetters('comic', options, signal)).toBe(0);
  expect(answer()).toMatchObject([{ redrive: 1, drop: 0, leave: 0, failed: 0, isDryRun: false }]);
  const jobs = await cloud.take('workers');
  expect(jobs).toMatchObject([{ data, attributes: { jobId: 'cat', tenant: 'blue' } }]);
  expect(Object.keys(jobs[0]?.attributes ?? {})).toEqual(['jobId', 'tenant']);
  expect(await cloud.hasRecord('cat')).toBe(false);
  expect(await cloud.take('review')).toEqual([]);
});

it('what a finaliser has not come to is withdrawn: it must not fail the job that is redriven', async () => {
  const cat = await cloud.deadLetter('comic', 'cat');
  const dog = await cloud.deadLetter('comic', 'dog');
  await redriveDeadLetters('comic', { ...options, jobId: 'cat' }, signal);
  expect(dataOf(await cloud.take('workers'))).toEqual([cat]);
  expect(dataOf(await cloud.take('review'))).toEqual([dog]);
  const given = cloud.pubsub.journal.filter(({ ackDeadlineSeconds }) => ackDeadlineSeconds === 0);
  expect(given.map(({ resource }) => resource.split('/').at(-1))).toEqual([
    'imagen-comic-dlq-review',
    'imagen-comic-dlq-finaliser',
  ]);
  expect(given.map(({ ackIds }) => ackIds.length)).toEqual([1, 1]);
});

it('without --yes it says what it would do, and does nothing', async () => {
  const data = await cloud.deadLetter('comic', 'cat');
  await cloud.writeRecord('cat', 'failed', data);
  await cloud.publishRaw('comic', 'no job');
  expect(await redriveDeadLetters('comic', dry, signal)).toBe(0);
  expect(answer()).toMatchObject([{ redrive: 1, leave: 1, isDryRun: true }]);
  await redriveDeadLetters('comic', { ...dry, json: false }, signal);
  expect(printed.at(-1)).toBe(
    'comic: would redrive 1; left 1 without a jobId of their own (see "imagen dlq purge"); run it again with --yes\n',
  );
  expect(await cloud.hasRecord('cat')).toBe(true);
  expect(await cloud.take('workers')).toEqual([]);
  expect(await cloud.take('review')).toHaveLength(2);
  expect(await cloud.take('finaliser')).toHaveLength(2);
});

it('a job that has succeeded is not done again: its record stays and its dead letter is dropped', async () => {
  const data = await cloud.deadLetter('comic', 'cat');
  await cloud.writeRecord('cat', 'succeeded', data);
  await redriveDeadLetters('comic', options, signal);
  expect(answer()).toMatchObject([{ redrive: 0, drop: 1 }]);
  const given = cloud.pubsub.journal.filter(({ ackDeadlineSeconds }) => ackDeadlineSeconds === 0);
  expect(given.map(({ resource }) => resource.split('/').at(-1))).toEqual([
    'imagen-comic-dlq-finaliser',
  ]);
  expect(await cloud.hasRecord('cat')).toBe(true);
  expect(await cloud.take('workers')).toEqual([]);
  expect(await cloud.take('review')).toEqual([]);
});

it('the record of another message stays, and the dead letter that shares its jobId too', async () => {
  await cloud.deadLetter('comic', 'cat');
  await cloud.writeRecord('cat', 'failed', 'another message');
  await redriveDeadLetters('comic', options, signal);
  expect(answer()).toMatchObject([{ redrive: 0, leave: 1 }]);
  expect(await cloud.hasRecord('cat')).toBe(true);
  expect(await cloud.take('review')).toHaveLength(1);
});

it('the record is deleted in the generation that was read, then comes the publish, then the ack', async () => {
  const data = await cloud.deadLetter('comic', 'cat');
  await cloud.writeRecord('cat', 'failed', data);
  // Each step takes longer than it takes to do the others out of order.
  const effect = { kind: 'delay', delayMs: 100 } as const;
  cloud.pubsub.faults.add({ on: 'Publish', effect });
  await redriveDeadLetters('comic', options, signal);
  const rpcs = cloud.pubsub.journal.filter(({ rpc }) => /^(Publish|Acknowledge)$/.test(rpc));
  expect(rpcs.slice(-3).map(({ rpc, resource }) => [rpc, resource.split('/').at(-1)])).toEqual([
    ['Publish', 'imagen-comic'],
    ['Acknowledge', 'imagen-comic-dlq-finaliser'],
    ['Acknowledge', 'imagen-comic-dlq-review'],
  ]);
  const deleted = cloud.storage.journal.find(({ method }) => method === 'DELETE');
  expect(deleted?.url).toMatch(/ifGenerationMatch=\d+/);
  expect(deleted?.atMs).toBeLessThanOrEqual((rpcs.at(-3)?.atMs ?? 0) - 90);
});

describe('a redrive that is cut off', () => {
  const unavailable: RpcEffect = { kind: 'unavailable' };
  const lost: RpcEffect = { kind: 'lose-response' };
  const onPublish = (effect: RpcEffect) => cloud.pubsub.faults.add({ on: 'Publish', effect });
  const onDelete = (effect: StorageEffect) => cloud.storage.faults.add({ on: 'other', effect });

  it.each([
    ['before its record is deleted', () => onDelete({ kind: 'reset' }), true],
    ['after its record is deleted', () => onDelete({ kind: 'lose-response' }), false],
    ['before it is published', () => onPublish(unavailable), false],
    ['after it is published', () => onPublish(lost), false],
  ] as const)('%s loses nothing, and the next one finishes it', async (_, cutOff, hasRecord) => {
    const data = await cloud.deadLetter('comic', 'cat');
    await cloud.writeRecord('cat', 'failed', data);
    const fault = cutOff();
    expect(await redriveDeadLetters('comic', options, signal)).toBe(1);
    expect(answer()).toMatchObject([{ redrive: 0, failed: 1 }]);
    expect(await cloud.hasRecord('cat')).toBe(hasRecord);
    const copies = cloud.pubsub.journal.filter(({ resource }) => resource.endsWith('finaliser'));
    expect(copies.at(-1)).toMatchObject({ rpc: 'ModifyAckDeadline', ackDeadlineSeconds: 0 });
    fault.remove();
    expect(await redriveDeadLetters('comic', options, signal)).toBe(0);
    // Published once or twice: a job that comes twice is done once.
    expect(new Set(dataOf(await cloud.take('workers')))).toEqual(new Set([data]));
    expect(await cloud.hasRecord('cat')).toBe(false);
    expect(await cloud.take('review')).toEqual([]);
  });

  it('before its ack takes effect publishes it again', async () => {
    const data = await cloud.deadLetter('comic', 'cat');
    // The fault strikes the ack of the finaliser's copy, and then the one of the dead letter.
    cloud.pubsub.faults.add({ on: 'Acknowledge', effect: { kind: 'ignore' }, times: 2 });
    expect(await redriveDeadLetters('comic', options, signal)).toBe(0);
    expect(dataOf(await cloud.take('workers'))).toEqual([data]);
    expect(dataOf(await cloud.take('review'))).toEqual([]);
  });

  it('by Ctrl-C finishes what it has begun, begins nothing more and gives the rest back', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `job-${index}`);
    const all = await Promise.all(ids.map(async (jobId) => cloud.deadLetter('comic', jobId)));
    cloud.pubsub.faults.add({ on: 'Publish', effect: { kind: 'delay', delayMs: 200 } });
    const interrupted = new AbortController();
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      if (String(text).startsWith('1/45')) interrupted.abort();
      return true;
    });
    const redriven = redriveDeadLetters('comic', options, interrupted.signal);
    await expect(redriven).rejects.toThrow('abort');
    const published = dataOf(await cloud.take('workers'));
    const left = dataOf(await cloud.take('review'));
    expect(published).toHaveLength(20);
    expect([...published, ...left].toSorted()).toEqual(all.toSorted());
  });

  it('by an outage stops at once instead of failing one by one', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `job-${index}`);
    await Promise.all(ids.map(async (jobId) => cloud.deadLetter('comic', jobId)));
    const fault = onPublish(unavailable);
    expect(await redriveDeadLetters('comic', options, signal)).toBe(1);
    expect(answer()).toMatchObject([{ redrive: 0, failed: 45 }]);
    expect(fault.struck).toBe(20);
    expect(await cloud.take('review')).toHaveLength(45);
  });
});
