// Benchmarks: `npm run bench -- --help`.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plotFlow } from './flow-plot.ts';
import { recordFlow } from './flow-recording.ts';
import { performancePage, type SectionResult, type Summary, tableOf } from './performance-page.ts';
import type { SectionOptions } from './rig.ts';
import { SECTIONS } from './sections.ts';

const FLOW = 'flow';
const NAMES = [...Object.keys(SECTIONS), FLOW];
const USAGE = `npm run bench -- [section ...] [options]

  sections      ${NAMES.join(', ')}; all of them by default
  --quick       fewer rounds and smaller cases: 4 minutes instead of 19
  --write-docs  writes docs/performance.md and docs/flow-control.svg
  --json        prints out/bench/summary.json instead of tables
`;
const OUT = fileURLToPath(new URL('../out/bench/', import.meta.url));
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) say(`no such section: ${unknown.join(', ')}`);
if (values.help || unknown.length > 0) {
  print(USAGE);
  process.exit(values.help ? 0 : 2);
}
const wanted = positionals.length > 0 ? positionals : NAMES;
// Processes that were started must not be left behind.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
}
await mkdir(OUT, { recursive: true });
const sections = await measureSections({
  isQuick: values.quick,
  say,
  signal: interrupted.signal,
});
if (wanted.includes(FLOW)) await drawFlow();
await writeSummary({ machine: machine(), isQuick: values.quick, sections });
// Everything is disposed of; a client's timer must not keep the program.
process.exit();

async function measureSections(options: SectionOptions): Promise<SectionResult[]> {
  const results: SectionResult[] = [];
  for (const [name, { title, measure }] of Object.entries(SECTIONS)) {
    if (!wanted.includes(name)) continue;
    say(`${name}: ${title}`);
    const startMs = performance.now();
    const result = { name, title, figures: await measure(options) };
    checkFigures(result);
    results.push(result);
    say(`${name}: took ${Math.round((performance.now() - startMs) / 1000)} s`);
    if (!values.json) print(`\n## ${title}\n\n${tableOf(result)}\n`);
  }
  return results;
}

/** No threshold: only that what is there was measured. */
function checkFigures({ name, figures }: SectionResult): void {
  const missing = figures.filter(({ values: rounds }) => !rounds.every(Number.isFinite));
  if (missing.length === 0) return;
  throw new Error(
    `${name}: nothing was measured for ${missing.map(({ what }) => what).join(', ')}`,
  );
}

async function drawFlow(): Promise<void> {
  const recording = await recordFlow(say, values.quick ? 20 : 90);
  const file = `${values['write-docs'] ? DOCS : OUT}flow-control.svg`;
  await writeFile(file, plotFlow(recording));
  say(`flow: look at ${file}`);
}

async function writeSummary(summary: Summary): Promise<void> {
  const json = JSON.stringify(summary, null, 2);
  await writeFile(`${OUT}summary.json`, `${json}\n`);
  if (values['write-docs']) await writeFile(`${DOCS}performance.md`, performancePage(summary));
  if (values.json) print(json);
}

function machine(): string {
  const { model } = cpus()[0] ?? { model: 'unknown' };
  return `${availableParallelism()} cores (${model}), Node.js ${process.versions.node}, ${process.platform}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
