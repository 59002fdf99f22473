// Benchmarks: npm run bench -- [batching] [flow] [baseline] [--quick] [--write-docs]
import { mkdir, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figures, openComparison } from './baselines/comparison.ts';
import { report } from './baselines/report.ts';
import { measureBatching } from './batching.ts';
import { plotFlow } from './flow-plot.ts';
import { recordFlow } from './flow-recording.ts';

const SECTIONS = ['batching', 'flow', 'baseline'];
const OUT = fileURLToPath(new URL('../out/bench/', import.meta.url));
const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, 'write-docs': { type: 'boolean' } },
});
const unknown = positionals.filter((name) => !SECTIONS.includes(name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such section: ${unknown.join(', ')}; there are ${SECTIONS.join(', ')}\n`,
  );
  process.exit(2);
}
const wanted = positionals.length > 0 ? positionals : SECTIONS;
const summary: Record<string, unknown> = {};
await mkdir(OUT, { recursive: true });

if (wanted.includes('batching')) {
  const results = await measureBatching(values.quick ? 3 : 10);
  summary['batching'] = results;
  for (const { what, inFlight, meanBatch, requestsPerS, batches } of results) {
    const sizes = Object.entries(batches).map(([size, count]) => `${size}:${count}`);
    print(
      `${what.padEnd(32)} ${inFlight} in flight: mean batch ${meanBatch.toFixed(2)} of 8, ` +
        `${requestsPerS.toFixed(1)} of 80 per second; batches ${sizes.join(' ')}`,
    );
  }
}
if (wanted.includes('flow')) {
  const recording = await recordFlow(say);
  summary['flow'] = recording;
  const folder = values['write-docs'] ? DOCS : OUT;
  await writeFile(`${folder}flow-control.svg`, plotFlow(recording));
  print(`flow: look at ${folder}flow-control.svg`);
}
if (wanted.includes('baseline')) {
  const rounds = await compareWithBaseline(values.quick ? 1 : 3);
  summary['baseline'] = rounds;
  print(report(rounds));
}
await writeFile(`${OUT}summary.json`, `${JSON.stringify(summary, null, 2)}\n`);

// Everything is disposed of; a client's timer must not keep the program.
process.exit();

async function compareWithBaseline(count: number): Promise<Figures[][]> {
  const jobs = values.quick ? 20 : 60;
  // Its workers must not be left behind.
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupted.abort(new Error('interrupted')));
  }
  await using comparison = await openComparison({ jobs, say, signal: interrupted.signal });
  const rounds: Figures[][] = [];
  while (rounds.length < count) {
    rounds.push(await comparison.round());
    say(`baseline: round ${rounds.length} of ${count} is done`);
  }
  return rounds;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
