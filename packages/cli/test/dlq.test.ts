import process from 'node:process';
import { OPERATION_NAMES } from '@imagen/contracts';
import type { JournalEntry } from '@imagen/local-stack/pubsub';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listDeadLetters, showDeadLetter } from '../src/commands/dlq-list.ts';
import { purgeDeadLetters } from '../src/commands/dlq-purge.ts';
import { UsageError } from '../src/usage-error.ts';
import { type DeadLetterCloud, startDeadLetterCloud } from './support/dead-letter-cloud.ts';

const options = { limit: '1000', quietMs: '300', json: true };
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
const jobIds = (found: readonly { data: string }[]): string[] =>
  found.map(({ data }) => (JSON.parse(data) as { jobId: string }).jobId).toSorted();

/** True for a Pull that has leased messages. */
function isDelivery({ rpc, messageIds }: JournalEntry): boolean {
  return rpc === 'Pull' && messageIds.length > 0;
}

describe('imagen dlq list', () => {
  it('counts per operation and names job, deliveries, publish time and the code of its record', async () => {
    const data = await cloud.deadLetter('comic', 'with-record');
    await cloud.writeRecord('with-record', 'failed', data);
    await cloud.deadLetter('upscale', 'without');
    await cloud.publishRaw('upscale', 'not JSON');
    expect(await listDeadLetters(undefined, options, signal)).toBe(0);
    expect(answer()).toMatchObject({
      counts: OPERATION_NAMES.map((operation) => ({
        operation,
        deadLetters: { upscale: 2, comic: 1 }[operation as string] ?? 0,
      })),
      deadLetters: [
        { operation: 'upscale', jobId: 'without', record: null },
        { operation: 'upscale', jobId: null, deliveries: null, record: null },
        {
          operation: 'comic',
          jobId: 'with-record',
          deliveries: 10,
          publishedAt: '2026-01-01T00:00:00.000+00:00',
          record: 'UNDELIVERABLE',
        },
      ],
    });
  });

  it('consumes nothing: each message once, and all of them again for the next one', async () => {
    for (let index = 0; index < 150; index += 1) await cloud.deadLetter('comic', `job-${index}`);
    for (const _ of ['first', 'second']) {
      await listDeadLetters('comic', options, signal);
      expect(answer()).toMatchObject({ counts: [{ deadLetters: 150 }], isLimited: false });
    }
    expect(new Set(jobIds(await cloud.take('review'))).size).toBe(150);
  });

  it('sees a message that Pub/Sub delivers twice once, and gives both back', async () => {
    await cloud.deadLetter('comic', 'twice');
    const effect = { kind: 'duplicate' } as const;
    const fault = cloud.pubsub.faults.add({ on: 'Pull', effect, times: 1 });
    await listDeadLetters('comic', options, signal);
    expect(fault.struck).toBe(1);
    expect(answer()).toMatchObject({ counts: [{ deadLetters: 1 }] });
    expect(await cloud.take('review')).toHaveLength(2);
  });

  it('stops at its limit and says so', async () => {
    for (const jobId of ['a', 'b', 'c']) await cloud.deadLetter('comic', jobId);
    await listDeadLetters('comic', { ...options, limit: '2' }, signal);
    expect(answer()).toMatchObject({ counts: [{ deadLetters: 2 }], isLimited: true });
    expect(await cloud.take('review')).toHaveLength(3);
  });

  it('is a table for people', async () => {
    await cloud.deadLetter('comic', 'cat');
    await listDeadLetters('comic', { ...options, json: false }, signal);
    expect(printed.join('')).toMatch(/^comic +1\n[^]*^comic +cat +10 +2026-01-01T\S+ +-$/m);
  });

  it('that is interrupted ends promptly and gives every lease back', async () => {
    await cloud.deadLetter('comic', 'cat');
    const interrupted = new AbortController();
    // Were it not prompt, it would be quiet for longer than a test may take.
    const patient = { ...options, quietMs: '60000' };
    const listing = listDeadLetters(undefined, patient, interrupted.signal);
    await vi.waitUntil(() => cloud.pubsub.journal.some(isDelivery));
    interrupted.abort();
    await expect(listing).rejects.toThrow('abort');
    expect(await cloud.take('review')).toHaveLength(1);
  });
});

describe('imagen dlq show', () => {
  it('has data, attributes and record of one job, and consumes nothing', async () => {
    const data = await cloud.deadLetter('comic', 'cat');
    await cloud.deadLetter('comic', 'dog');
    await cloud.writeRecord('cat', 'failed', data);
    expect(await showDeadLetter('cat', undefined, options, signal)).toBe(0);
    expect(answer()).toMatchObject({
      deadLetters: [{ jobId: 'cat', data, attributes: { jobId: 'cat', tenant: 'blue' } }],
      record: { error: { code: 'UNDELIVERABLE' } },
    });
    await showDeadLetter('cat', 'comic', { ...options, json: false }, signal);
    expect(printed.at(-1)).toMatch(/delivered 10 times[^]*tenant: blue[^]*UNDELIVERABLE: made up/);
    expect(jobIds(await cloud.take('review'))).toEqual(['cat', 'dog']);
  });

  it('exits with 1 when no dead letter names the job', async () => {
    expect(await showDeadLetter('nobody', 'comic', options, signal)).toBe(1);
    expect(answer()).toEqual({ jobId: 'nobody', deadLetters: [], record: null });
  });
});

describe('imagen dlq purge', () => {
  it('only counts without --yes', async () => {
    await cloud.deadLetter('comic', 'cat');
    expect(await purgeDeadLetters('comic', options, signal)).toBe(0);
    expect(answer()).toMatchObject([{ operation: 'comic', found: 1, purged: 0 }]);
    expect(await cloud.take('review')).toHaveLength(1);
  });

  it('drops what fits, keeps the rest, the records and what the finaliser has to do', async () => {
    const data = await cloud.deadLetter('comic', 'cat');
    await cloud.deadLetter('comic', 'dog');
    await cloud.writeRecord('cat', 'failed', data);
    await purgeDeadLetters('comic', { ...options, yes: true, jobId: 'cat' }, signal);
    expect(answer()).toMatchObject([{ found: 1, purged: 1 }]);
    expect(jobIds(await cloud.take('review'))).toEqual(['dog']);
    expect(jobIds(await cloud.take('finaliser'))).toEqual(['cat', 'dog']);
    expect(await cloud.hasRecord('cat')).toBe(true);
  });
});

it.each([
  ['an operation that does not exist', 'sharpen', {}, 'expected one of upscale'],
  ['a jobId that cannot be one', 'comic', { jobId: 'a/b' }, '"a/b" is not a jobId'],
  ['a limit that is no number', 'comic', { limit: 'all' }, '--limit all: expected a number'],
] as const)('%s is refused before anything is asked', async (_, operation, more, problem) => {
  const listed = listDeadLetters(operation, { ...options, ...more }, signal);
  await expect(listed).rejects.toThrow(UsageError);
  await expect(listed).rejects.toThrow(problem);
  expect(cloud.pubsub.journal.filter(({ rpc }) => rpc === 'Pull')).toEqual([]);
});

it('a project without these subscriptions is a clear error', async () => {
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'other-project');
  const listed = listDeadLetters('comic', options, signal);
  await expect(listed).rejects.toThrow('there is no subscription imagen-comic-dlq-review');
  await expect(listed).rejects.toThrow(UsageError);
});
