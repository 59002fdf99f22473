import { expect, test } from 'vitest';
import type { Figures } from './comparison.ts';
import { report } from './report.ts';

/** Two workers, whose samples are these numbers in every column. */
const figures = (ours: number, baseline: number): Figures => ({
  workers: 2,
  ours: sample(ours),
  baseline: sample(baseline),
});
const sample = (value: number) => ({
  jobsPerS: value,
  meanBatch: value,
  workerCpuSPerJob: value,
  serverCpuSPerJob: value,
});

test('the report has the median of all rounds', () => {
  const rounds = [[figures(9, 1)], [figures(2, 1)], [figures(3, 1)]];
  expect(report(rounds)).toContain('| 2 | ours | 3.00 | 3.00 | 3.0000 | 3.0000 |');
  expect(report(rounds.slice(1))).toContain('| 2 | ours | 2.50 |');
});

test('a ratio is that of the medians, ours to baseline', () => {
  const rounds = [[figures(6, 2)], [figures(8, 4)], [figures(10, 8)]];
  expect(report(rounds)).toContain('| 2 | ours ÷ baseline | 2.00 | 2.00 | 2.00 | 2.00 |');
});
