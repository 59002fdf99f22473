import { expect, test } from 'vitest';
import { type Ending, type JobFacts, jobOfResult, judge } from './verdict.ts';

const succeeded: Ending = {
  outcome: 'succeeded',
  result: { uri: 'gs://results/comic/job-1.png' },
};
const failed: Ending = {
  outcome: 'failed',
  deliveryAttempt: 8,
  error: { code: 'STORAGE_UNAVAILABLE', message: 'cannot write' },
};
const fine: JobFacts = {
  jobId: 'job-1',
  expected: { outcome: 'succeeded', sha256: 'a' },
  record: succeeded,
  recordGenerations: 1,
  results: [{ name: 'comic/job-1.png', generations: 1 }],
  sha256: 'a',
  events: 1,
};
const problems = (facts: Partial<JobFacts>): string[] =>
  judge({ ...fine, ...facts }).map(({ problem }) => problem);

test('nothing is wrong with a job that ended as it should', () => {
  expect(problems({})).toStrictEqual([]);
  const expected = { outcome: 'failed', code: 'STORAGE_UNAVAILABLE' } as const;
  expect(problems({ expected, record: failed, results: [], sha256: undefined })).toStrictEqual([]);
});

test('finds a lost job', () => {
  expect(problems({ record: undefined, recordGenerations: 0, events: 0 })).toStrictEqual(['lost']);
});

test('finds a second generation of a result, of a record, and a second result', () => {
  const [result] = fine.results;
  expect(problems({ results: [{ name: 'comic/job-1.png', generations: 2 }] })).toStrictEqual([
    'duplicateVisible',
  ]);
  expect(problems({ recordGenerations: 2 })).toStrictEqual(['duplicateVisible']);
  expect(
    problems({ results: [result!, { name: 'comic/job-1.jpg', generations: 1 }] }),
  ).toStrictEqual(['duplicateVisible']);
});

test('finds other pixels and a record of an object that is not there', () => {
  expect(problems({ sha256: 'b' })).toStrictEqual(['wrongPixels']);
  expect(problems({ sha256: undefined })).toStrictEqual(['wrongPixels']);
});

test('finds a job that failed though it should not, or not for that reason, or did not though it should', () => {
  expect(problems({ record: failed })).toStrictEqual(['wrongPixels']);
  const expected = { outcome: 'failed', code: 'UNSUPPORTED_FORMAT' } as const;
  expect(problems({ expected, record: failed })).toStrictEqual(['wrongPixels']);
  expect(problems({ expected })).toStrictEqual(['wrongPixels']);
});

test('finds a record that was never announced', () => {
  expect(problems({ events: 0 })).toStrictEqual(['noEvent']);
});

test('tells results from records', () => {
  expect(jobOfResult('bg-remove/job.1-a.png')).toBe('job.1-a');
  expect(jobOfResult('jobs/job-1.json')).toBeUndefined();
});
