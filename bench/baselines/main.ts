// imagen against a worker as one writes it in a day: see README.md.
//   node --conditions=@imagen/source bench/baselines/main.ts [--jobs N] [--rounds N]
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Figures, openComparison } from './comparison.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '60' }, rounds: { type: 'string', default: '3' } },
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(): Promise<string> {
  const [jobs, count] = [Number(values.jobs), Number(values.rounds)];
  await using comparison = await openComparison({ jobs, say, signal: interrupted.signal });
  const rounds: Figures[][] = [];
  while (rounds.length < count) {
    rounds.push(await comparison.round());
    say(`round ${rounds.length} of ${count} is done`);
  }
  return report(rounds);
}

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  say(interrupted.signal.aborted ? 'interrupted' : String(error));
  process.exitCode = 1;
}
// Everything is disposed of; a client's timer must not keep the program.
process.exit();
