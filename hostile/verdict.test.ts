import { expect, test } from 'vitest';
import type { JobRecord } from '@imagen/contracts';
import { BOMB } from './bombs.ts';
import type { Facts } from './evidence.ts';
import type { Expected } from './hostile-file.ts';
import { message, refusedWith } from './hostile-message.ts';
import { judge, judgeLine } from './verdict.ts';

const size = { widthPx: 40, heightPx: 24 };
const common = {
  jobId: 'message-x',
  operation: 'aged',
  messageDigest: '0'.repeat(64),
  deliveryAttempt: 1,
  publishedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 5,
} as const;
const picture = { uri: 'gs://b/o', ...size, format: 'png', bytes: 9 };

/** A record that says so. */
const failed = (code: 'UNDECODABLE_IMAGE' | 'INTERNAL', text = 'damaged'): JobRecord => ({
  outcome: 'failed',
  ...common,
  error: { code, message: text },
});
const succeeded: JobRecord = {
  outcome: 'succeeded',
  ...common,
  input: { ...picture, generation: '1' },
  result: picture,
  notes: [],
  receipt: { modelName: 'm', modelVersion: '1', tiles: 1, stagesMs: {} },
};

const REFUSED = refusedWith('UNDECODABLE_IMAGE');
const PROCESSED: Expected = { ends: 'processed', size };

/** What is found wrong with a job that was refused as it should, but for these facts. */
function problems(expected: Expected, facts: Partial<Facts>, growthMiB = 0): string[] {
  const sent = {
    message: message(BOMB, 'x', { data: {}, expected }),
    messageId: '1',
    troubles: [],
    growthMiB,
  };
  const right = { sent, record: failed('UNDECODABLE_IMAGE'), records: 1, attempts: [1] };
  return judge({ ...right, decoded: undefined, ...facts }).map((failure) => failure.found);
}

test('finds nothing wrong with what ends as it should', () => {
  expect(problems(REFUSED, {})).toEqual([]);
  expect(problems({ ends: 'either' }, {})).toEqual([]);
  expect(problems(PROCESSED, { record: succeeded, decoded: size })).toEqual([]);
  expect(problems({ ends: 'dropped' }, { record: undefined, records: 0 })).toEqual([]);
});

test('finds another outcome', () => {
  expect(problems(REFUSED, { record: succeeded, decoded: size })).toHaveLength(1);
  expect(problems(PROCESSED, {})).toHaveLength(1);
  expect(problems({ ends: 'either' }, { record: failed('INTERNAL') })).toHaveLength(1);
});

test('finds a result of another size, and one that cannot be decoded', () => {
  const decoded = { widthPx: 40, heightPx: 25 };
  expect(problems(PROCESSED, { record: succeeded, decoded })).toHaveLength(1);
  expect(problems(PROCESSED, { record: succeeded, decoded: 'damaged' })).toHaveLength(1);
});

test('finds a second delivery, a missing record and a second one', () => {
  expect(problems(REFUSED, { attempts: [1, 2] })).toHaveLength(1);
  expect(problems(REFUSED, { record: undefined, records: 0 })).toHaveLength(1);
  expect(problems(REFUSED, { records: 2 })).toHaveLength(1);
});

test('finds a bomb that went off', () => {
  expect(problems(REFUSED, {}, 64)).toEqual([]);
  expect(problems(REFUSED, {}, 65)).toHaveLength(1);
});

/** What is found wrong with a job whose record has this text. */
function found(text: string): string[] {
  return problems(REFUSED, { record: failed('UNDECODABLE_IMAGE', text) });
}

test('finds texts that mislead or tell too much', () => {
  expect(found('red \u001b[31m')).toEqual([expect.stringContaining(String.raw`\u001b[31m`)]);
  expect(found('\u202egnp.exe')).toHaveLength(1);
  expect(found(`at ${import.meta.dirname}`)).toHaveLength(1);
  expect(found('größer als 50 Megapixel')).toEqual([]);
});

const line = (value: object): string => JSON.stringify(value);

test('finds log lines that are no JSON, mislead or tell too much, but lets stacks be', () => {
  expect(judgeLine(line({ msg: 'job ended' }))).toBeUndefined();
  expect(judgeLine(line({ err: { stack: import.meta.dirname } }))).toBeUndefined();
  expect(judgeLine('VIPS-WARNING')).toMatchObject({ expected: 'JSON' });
  expect(judgeLine(line({ msg: '\u009b31m' }))).toMatchObject({
    expected: 'no control characters',
  });
  expect(judgeLine(line({ msg: import.meta.dirname }))).toMatchObject({
    expected: 'no local paths',
  });
});
