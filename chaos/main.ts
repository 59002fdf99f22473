// The chaos suite: `npm run test:chaos -- --help`.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runFifty } from './fifty.ts';
import { runSoak } from './soak.ts';
import { runSuite } from './suite.ts';
import { runTritonOutage } from './triton-outage.ts';

const USAGE = `npm run test:chaos -- [options]

  --jobs N             jobs of the disturbed run (200)
  --seed S             decides jobs and schedule (1)
  --without A,B        leave out disturbances whose names begin so, e.g. storage/upload/stall,triton/
  --only NAME          one experiment instead: triton-outage, fifty or soak
  --outage-seconds N   triton-outage: how long Triton is away (60)
  --minutes M          soak: how long (10)
`;

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    without: { type: 'string', default: '' },
    only: { type: 'string' },
    'outage-seconds': { type: 'string', default: '60' },
    minutes: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

const common = {
  seed: positive('seed', values.seed),
  say: (line: string): void => void process.stderr.write(`${line}\n`),
  print: (text: string): void => void process.stdout.write(`${text}\n`),
  signal: interrupted.signal,
};

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`--${name} ${text}: expected a number`);
  return value;
}

async function run(): Promise<number> {
  switch (values.only) {
    case undefined: {
      const without = values.without.split(',').filter((part) => part !== '');
      return runSuite({ ...common, jobs: positive('jobs', values.jobs), without });
    }
    case 'triton-outage': {
      const outageMs = positive('outage-seconds', values['outage-seconds']) * 1000;
      return runTritonOutage({ ...common, outageMs });
    }
    case 'fifty':
      return runFifty(common);
    case 'soak':
      return runSoak({ ...common, durationMs: positive('minutes', values.minutes) * 60_000 });
    default:
      throw new Error(`--only ${values.only}: expected triton-outage, fifty or soak`);
  }
}

if (values.help) {
  common.print(USAGE);
  process.exit(0);
}
try {
  process.exitCode = await run();
} catch (error) {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  common.say(interrupted.signal.aborted ? 'interrupted' : what);
  process.exitCode = 1;
}
// Everything is disposed of; a client's timer must not keep the program.
process.exit(interrupted.signal.aborted ? 130 : process.exitCode);
