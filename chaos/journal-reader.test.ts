import { type JournalEntry, startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage, type StorageJournalEntry } from '@imagen/local-stack/storage';
import { expect, test } from 'vitest';
import { JournalReader } from './journal-reader.ts';

const upload: StorageJournalEntry = {
  atMs: 1,
  method: 'POST',
  url: '/upload/storage/v1/b/results/o?uploadType=multipart&name=jobs%2Fjob-1.json',
  status: 200,
  fault: undefined,
};
const nothing = { messageIds: [], ackIds: [], deliveryAttempts: [] };
const pull: JournalEntry = {
  atMs: 1,
  rpc: 'Pull',
  resource: 'projects/p/subscriptions/s',
  outcome: 'OK',
  messageIds: ['m'],
  ackIds: ['q:1'],
  deliveryAttempts: [1],
};
const ack: JournalEntry = { ...pull, ...nothing, rpc: 'Acknowledge', ackIds: ['q:1'] };

/** What a reader makes of these entries. */
async function read(
  rpcs: readonly JournalEntry[],
  requests: readonly StorageJournalEntry[] = [],
): Promise<JournalReader> {
  await using pubsub = await startPubSub();
  await using storage = await startStorage();
  const reader = new JournalReader({ ...pubsub, journal: rpcs }, { ...storage, journal: requests });
  reader.catchUp();
  return reader;
}

test('counts the generations of an object: those that were written, not those that were refused', async () => {
  const refused = [
    { ...upload, status: 412 },
    { ...upload, status: undefined, fault: 'reset' as const },
    { ...upload, url: upload.url.replace('multipart', 'resumable') },
  ];
  const lostAnswer = { ...upload, fault: 'lose-response' as const };
  const reader = await read([], [upload, ...refused, lostAnswer]);
  expect(reader.written.get('results/jobs/job-1.json')?.generations).toBe(2);
});

test('a message is acked when its last delivery is', async () => {
  expect((await read([pull, ack])).unacked(['m'])).toStrictEqual([]);
  const again = { ...pull, ackIds: ['q:2'], deliveryAttempts: [2] };
  expect((await read([pull, ack, again])).unacked(['m'])).toStrictEqual(['m']);
  expect((await read([pull])).unacked(['m', 'never-delivered'])).toStrictEqual([
    'm',
    'never-delivered',
  ]);
});

test('an ack that was not done, or was lost on purpose, is none', async () => {
  expect((await read([pull, { ...ack, outcome: 'NOT_DONE' }])).unacked(['m'])).toStrictEqual(['m']);
});

test('of a message that came twice both copies must be acked', async () => {
  const twice = { ...pull, fault: 'duplicate' as const };
  expect((await read([twice, ack])).unacked(['m'])).toStrictEqual(['m']);
  const second = { ...pull, ackIds: ['q:2'] };
  const both = [twice, ack, second, { ...ack, ackIds: ['q:2'] }];
  expect((await read(both)).unacked(['m'])).toStrictEqual([]);
});

test('finds the lines about one job, and not those about another that starts the same', async () => {
  const other = { ...upload, url: upload.url.replace('job-1', 'job-12') };
  const reader = await read([pull, ack], [upload, other]);
  const lines = reader.linesAbout('job-1', new Set(['m']));
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toContain('job-12');
});
