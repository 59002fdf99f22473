import type { Figures } from './comparison.ts';
import type { Sample } from './measure.ts';

/** What a sample is compared by, with the decimals that are shown. */
const COLUMNS: readonly (readonly [heading: string, key: keyof Sample, decimals: number])[] = [
  ['jobs/s', 'jobsPerS', 2],
  ['mean batch', 'meanBatch', 2],
  ['worker CPU s/job', 'workerCpuSPerJob', 4],
  ['server CPU s/job', 'serverCpuSPerJob', 4],
];

/** A Markdown table of the medians of all rounds, with their ratios, ours ÷ baseline. */
export function report(rounds: readonly (readonly Figures[])[]): string {
  const lines = [`| workers | side | ${COLUMNS.map(([heading]) => heading).join(' | ')} |`];
  lines.push(`|---|---|${COLUMNS.map(() => '---').join('|')}|`);
  const byWorkers = Map.groupBy(rounds.flat(), ({ workers }) => workers);
  for (const [workers, figures] of byWorkers) {
    const [ours, baseline] = [medians(figures, 'ours'), medians(figures, 'baseline')];
    const shown = (values: readonly number[]): string =>
      values.map((value, index) => value.toFixed(COLUMNS[index]?.[2])).join(' | ');
    const ratios = ours.map((value, index) => (value / baseline[index]!).toFixed(2)).join(' | ');
    lines.push(`| ${workers} | ours | ${shown(ours)} |`);
    lines.push(`| ${workers} | baseline | ${shown(baseline)} |`);
    lines.push(`| ${workers} | ours ÷ baseline | ${ratios} |`);
  }
  return lines.join('\n');
}

function medians(figures: readonly Figures[], side: 'ours' | 'baseline'): number[] {
  return COLUMNS.map(([, key]) => median(figures.map((figure) => figure[side][key])));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return (sorted[below]! + sorted[above]!) / 2;
}
