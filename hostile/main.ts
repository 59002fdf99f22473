// The hostile suite: `npm run test:hostile -- --help`.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runSuite } from './suite.ts';

const USAGE = `npm run test:hostile -- [options]

  --only TEXT      files and messages whose names contain this
  --keep FOLDER    also writes the files there
  --seed S         decides flipped bits and noise (1)
  --json           a JSON document instead of tables
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    keep: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.help) {
  print(USAGE);
  process.exit(0);
}
try {
  const { only, keep, json: isJson } = values;
  const seed = Number(values.seed);
  process.exitCode = await runSuite({
    seed,
    only,
    keep,
    isJson,
    say,
    print,
    signal: interrupted.signal,
  });
} catch (error) {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(interrupted.signal.aborted ? 'interrupted' : what);
  process.exitCode = 1;
}
// Everything is disposed of; a client's timer must not keep the program.
process.exit(interrupted.signal.aborted ? 130 : process.exitCode);
