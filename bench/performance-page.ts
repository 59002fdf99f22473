import { type Figure, median, meetsGoal } from './figure.ts';

/** What one section has measured. */
export interface SectionResult {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** A run of the harness: `out/bench/summary.json`. */
export interface Summary {
  readonly machine: string;
  readonly isQuick: boolean;
  readonly sections: readonly SectionResult[];
}

/** A Markdown table: medians, the spread over rounds, floors and goals. */
export function tableOf({ figures }: SectionResult): string {
  const rows = figures.map((figure) => {
    const { what, unit, values, floor } = figure;
    const spread =
      values.length > 1 ? `${shown(Math.min(...values))} – ${shown(Math.max(...values))}` : '';
    return `| ${what} | ${`${shown(median(values))} ${unit}`.trim()} | ${spread} | ${floor} | ${goalOf(figure)} |`;
  });
  return [
    '| what | median | spread | floor | goal |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** docs/performance.md. */
export function performancePage({ machine, sections }: Summary): string {
  const parts = sections.map((section) => `## ${section.title}\n\n${tableOf(section)}\n`);
  return `# Performance

Made by \`npm run bench -- --write-docs\`; not to be edited. Ratios are the result: both sides were measured in one run, in turns.
Absolute figures are those of the machine: ${machine}. How it comes to this and what was tried:
[performance-notes.md](performance-notes.md).

${parts.join('\n')}`;
}

function goalOf(figure: Figure): string {
  const { goal } = figure;
  if (!goal) return '';
  const wanted = 'atLeast' in goal ? `≥ ${shown(goal.atLeast)}` : `≤ ${shown(goal.atMost)}`;
  return `${wanted}: ${meetsGoal(figure) ? 'met' : '**missed**'}`;
}

/** Three digits that matter. */
function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
