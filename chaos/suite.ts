import { SUBSCRIPTIONS, subscriptionPath } from '@imagen/contracts';
import { type ChaosJob, distinctJobs, randomJobs } from './chaos-jobs.ts';
import { disturb } from './disturbed-run.ts';
import { disturbanceNames } from './disturbances.ts';
import { collectFacts, countEvents } from './evidence.ts';
import { JobBoard } from './job-board.ts';
import { drain, type LocalCloud } from './local-cloud.ts';
import { Random } from './random.ts';
import { referenceRun } from './reference-run.ts';
import { type Rig, startRig, waitForAcks, waitForRecords } from './rig.ts';
import { Schedule, strikesWanted } from './schedule.ts';
import { makeSources } from './source-pictures.ts';
import { Striker } from './striker.ts';
import {
  countOutcomes,
  isGood,
  renderReport,
  renderTrails,
  type Shown,
  type Summary,
  writeOut,
} from './suite-report.ts';
import { type Expected, judge } from './verdict.ts';
import { CHAOS_FLEET } from './worker-fleet.ts';

/** What to run. */
export interface SuiteOptions {
  readonly jobs: number;
  readonly seed: number;
  /** Beginnings of names of disturbances to leave out. */
  readonly without: readonly string[];
  readonly say: (line: string) => void;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Longer than a job's own limit of 120 s and a lapsed lease after it. */
const LOST_AFTER_MS = 180_000;
/** A lost ack costs a lease of 30 s, and its redelivery may be struck again. */
const ACK_LIMIT_MS = 75_000;

/** Of how many jobs the journals' lines are printed. */
const PRINTED_TRAILS = 5;

/** Runs the jobs undisturbed, then disturbed, and compares. Resolves with the exit code. */
export async function runSuite(options: SuiteOptions): Promise<number> {
  const { seed, say, signal } = options;
  const random = new Random(seed);
  say(`seed ${seed}, ${options.jobs} jobs`);
  const sources = await makeSources(random.fork('sources'));
  const distinct = distinctJobs(random.fork('kinds'), sources);
  await using rig = await startRig({ operations: CHAOS_FLEET, sources, say, signal });
  say(`the undisturbed run: ${distinct.length} kinds of jobs`);
  const expectations = await referenceRun(rig, distinct, signal);
  // What announced those does not count for the run.
  await countEvents(rig.local);
  await rig.triton.sample();
  const before = rig.triton.ledger.total.executions;

  const jobs = randomJobs(random.fork('jobs'), distinct, { count: options.jobs, prefix: 'job' });
  const started = Date.now();
  const run = await runDisturbed(rig, { options, jobs, random: random.fork('schedule') });
  const wallMs = Date.now() - started;
  await rig.triton.sample();
  const gpuExecutions = rig.triton.ledger.total.executions - before;
  await rig.fleet.stop();
  return await conclude({ rig, expectations, options, wallMs, gpuExecutions, ...run });
}

interface Disturbed {
  readonly board: JobBoard;
  readonly strikes: ReadonlyMap<string, number>;
  readonly names: readonly string[];
  readonly unacked: readonly string[];
}

async function runDisturbed(
  rig: Rig,
  { options, jobs, random }: { options: SuiteOptions; jobs: readonly ChaosJob[]; random: Random },
): Promise<Disturbed> {
  const { say, signal } = options;
  const board = new JobBoard(rig.local, rig.reader);
  const names = disturbanceNames(options.without);
  const striker = new Striker({ ...rig, board, say });
  const schedule = new Schedule(random, names);
  await disturb({ jobs, board, striker, schedule, names, say, signal });
  say('nothing is disturbed any more: waiting for the last records');
  const onProgress = (open: number): void => say(`${open} open`);
  await waitForRecords(board, { idleLimitMs: LOST_AFTER_MS, signal, onProgress });
  say('waiting for the last acks');
  const unacked = await waitForAcks(board, ACK_LIMIT_MS, signal);
  return { board, strikes: striker.strikes, names, unacked };
}

interface Conclusion extends Disturbed {
  readonly rig: Rig;
  readonly expectations: ReadonlyMap<number, Expected>;
  readonly options: SuiteOptions;
  readonly wallMs: number;
  readonly gpuExecutions: number;
}

async function conclude(conclusion: Conclusion): Promise<number> {
  const { rig, board, names, strikes, wallMs, gpuExecutions, options } = conclusion;
  const facts = await collectFacts(rig.local, board, conclusion.expectations);
  const findings = facts.flatMap((fact) => judge(fact));
  const wanted = strikesWanted(options.jobs);
  const shown: Shown = {
    findings,
    unacked: [...conclusion.unacked, ...(await messagesLeft(rig.local))],
    tooFew: names.filter((name) => (strikes.get(name) ?? 0) < wanted),
    crashes: rig.fleet.crashes,
  };
  const messageIds = board.messageIds;
  const deliveries = rig.reader.deliveriesOf(messageIds);
  const summary: Summary = {
    ...countOutcomes(facts, findings),
    redeliveries: deliveries.length - new Set(deliveries.map(({ messageId }) => messageId)).size,
    gpuExecutions,
    kills: rig.fleet.kills + rig.triton.kills,
    seed: options.seed,
    strikes: Object.fromEntries(names.map((name) => [name, strikes.get(name) ?? 0])),
    wallMs,
  };
  options.print(renderReport(summary, shown));
  options.say(writeOut('summary.json', summary));
  if (isGood(shown)) return 0;
  if (findings.length > 0) printTrails(renderTrails(findings, board), options);
  const without = options.without.length > 0 ? ` --without ${options.without.join()}` : '';
  const again = `--jobs ${options.jobs} --seed ${options.seed}${without}`;
  options.say(`again: npm run test:chaos -- ${again}`);
  return 1;
}

/** The first ones are printed; a file has all. */
function printTrails(trails: readonly string[], { print, say }: SuiteOptions): void {
  print(trails.slice(0, PRINTED_TRAILS).join('\n\n'));
  say(`all of them: ${writeOut('trails.txt', trails.join('\n\n'))}`);
}

/** Data of messages that the workers have left in their subscriptions. Dead letters stay for review: that is no fault. */
async function messagesLeft(local: LocalCloud): Promise<string[]> {
  const left: string[] = [];
  const names = SUBSCRIPTIONS.map(({ subscription }) => subscription);
  for (const name of names.filter((subscription) => !subscription.endsWith('-review'))) {
    const messages = await drain(local, subscriptionPath(local.cloud.projectId, name));
    left.push(...messages.map((data) => `${name}: ${data.toString()}`));
  }
  return left;
}
