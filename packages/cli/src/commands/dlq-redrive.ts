import { setTimeout as delay } from 'node:timers/promises';
import {
  finaliserSubscription,
  type JobRecord,
  jobTopic,
  type OperationName,
  topicPath,
} from '@imagen/contracts';
import { digestOf } from '@imagen/worker';
import { type Cloud, connectCloud } from '../cloud.ts';
import {
  type DeadLetter,
  type DeadLetterOptions,
  leaseDeadLetters,
  type LeasedDeadLetters,
  parseFilter,
} from '../dead-letters.ts';
import { chunks, LeasedMessages } from '../leased-messages.ts';
import { parseOperations } from '../operation-argument.ts';
import { print, say, startProgress } from '../output.ts';
import { deleteFailedRecord, readStandingRecord, type StandingRecord } from '../standing-record.ts';

/** Dead letters redriven at a time. */
const BATCH = 20;
/** What those in work get to finish after Ctrl-C, in milliseconds. */
const GRACE_MS = 2_000;
const PUBLISH_TIMEOUT_MS = 10_000;

/** What is done with a dead letter: `drop` where its job has succeeded, `leave` where it has no jobId of its own. */
type Step = 'redrive' | 'drop' | 'leave' | 'failed';

/** What `imagen dlq redrive` prints per operation with `--json`: dead letters per step. */
type Redriven = Readonly<Record<Step, number>> & {
  readonly operation: OperationName;
  readonly isDryRun: boolean;
  readonly isLimited: boolean;
};

/** One operation's dead letters, and the finaliser's copies of them; without copies it is a dry run. */
interface Redrive {
  readonly cloud: Cloud;
  readonly leased: LeasedDeadLetters;
  readonly copies: LeasedMessages | undefined;
}

/**
 * Publishes dead letters again as jobs; without `yes` only says what it would do. Exit code 1 when some could not be
 * redriven: they are still there. @throws UsageError
 */
export async function redriveDeadLetters(
  name: string | undefined,
  options: DeadLetterOptions,
  signal: AbortSignal,
): Promise<number> {
  const operations = parseOperations(name);
  const filter = parseFilter(options);
  const cloud = connectCloud();
  try {
    const results: Redriven[] = [];
    for (const operation of operations) {
      await using copies = options.yes
        ? await holdCopies(cloud, operation, { ...filter, signal })
        : undefined;
      await using leased = await leaseDeadLetters(cloud, operation, filter, signal);
      const steps = await redriveAll({ cloud, leased, copies }, operation, signal);
      const { isLimited } = leased;
      results.push({ operation, isDryRun: !options.yes, isLimited, ...countOf(steps) });
    }
    if (options.json) print(JSON.stringify(results));
    else for (const result of results) print(describe(result, options));
    return results.some(({ failed }) => failed > 0) ? 1 : 0;
  } finally {
    await cloud.close();
  }
}

/**
 * Leases what the finaliser has not come to: workers may have been down. Had they started while a job is redriven, the
 * finaliser would give the job a failed record before its new message is worked on.
 */
async function holdCopies(
  cloud: Cloud,
  operation: OperationName,
  { signal, quietMs }: { readonly signal: AbortSignal; readonly quietMs: number },
): Promise<LeasedMessages> {
  await using opening = new AsyncDisposableStack();
  const copies = opening.use(
    await LeasedMessages.open(cloud, finaliserSubscription(operation), signal),
  );
  for await (const _ of copies.seen(signal, quietMs));
  opening.move();
  return copies;
}

/** The step taken for each dead letter; ends early when none of a batch can be redriven. */
async function redriveAll(
  redrive: Redrive,
  operation: OperationName,
  signal: AbortSignal,
): Promise<Step[]> {
  const { letters } = redrive.leased;
  if (letters.length === 0) return [];
  const progress = startProgress(letters.length, `${operation}: ${letters.length} dead letters`);
  const interrupted = graceAfter(signal);
  const steps: Step[] = [];
  for (const some of chunks(letters, BATCH)) {
    signal.throwIfAborted();
    const work = some.map(async (letter) => {
      const step = await redriveOne(redrive, letter);
      progress.advance(`${letter.jobId ?? letter.messageId}: ${step}`);
      return step;
    });
    const taken = await Promise.race([Promise.all(work), interrupted]);
    if (taken === undefined) break;
    steps.push(...taken);
    if (taken.every((step) => step === 'failed')) break;
  }
  progress.finish(`${operation}: ${steps.length} of ${letters.length} looked at`);
  signal.throwIfAborted();
  // Those not come to are still there, as those that failed are.
  const left = letters.slice(steps.length).map((): Step => 'failed');
  return [...steps, ...left];
}

/** Never throws: what fails is still there for the next run. */
async function redriveOne(redrive: Redrive, letter: DeadLetter): Promise<Step> {
  const { cloud, leased, copies } = redrive;
  try {
    const { jobId } = letter;
    if (jobId === null) return 'leave';
    const standing = await readStandingRecord(cloud, jobId);
    const step = stepFor(letter, standing?.record);
    if (step === 'leave' || copies === undefined) return step;
    if (step === 'redrive') {
      await publishAgain(cloud, letter, standing);
      // Not before: were it cut off there, the finaliser would still give the job a record.
      await copies.acknowledge([letter.messageId]);
    }
    // Last: whatever is cut off before this is done again by the next run.
    await leased.acknowledge([letter]);
    return step;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    say(`cannot redrive ${letter.jobId}: ${problem}`);
    return 'failed';
  }
}

function stepFor(letter: DeadLetter, record: JobRecord | undefined): Step {
  if (record === undefined) return 'redrive';
  // The record of another message stays, and this one would be rejected as a conflict.
  if (record.messageDigest !== digestOf(letter)) return 'leave';
  return record.outcome === 'succeeded' ? 'drop' : 'redrive';
}

/** The order matters: a job that is published while its failed record stands ends at once with that record. */
async function publishAgain(
  cloud: Cloud,
  { operation, data, attributes }: DeadLetter,
  standing: StandingRecord | undefined,
): Promise<void> {
  if (standing !== undefined) await deleteFailedRecord(cloud, standing);
  const topic = topicPath(cloud.projectId, jobTopic(operation));
  const messages = [{ data, attributes }];
  const options = { timeout: PUBLISH_TIMEOUT_MS, retry: null };
  await cloud.publisher.publish({ topic, messages }, options);
}

async function graceAfter(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  await delay(GRACE_MS, undefined, { ref: false });
  return undefined;
}

function countOf(steps: readonly Step[]): Record<Step, number> {
  const counts = { redrive: 0, drop: 0, leave: 0, failed: 0 };
  for (const step of steps) counts[step] += 1;
  return counts;
}

function describe(result: Redriven, options: DeadLetterOptions): string {
  const { operation, redrive, drop, leave, failed, isDryRun, isLimited } = result;
  const parts = [
    `${isDryRun ? 'would redrive' : 'redriven'} ${redrive}`,
    drop > 0 && `${isDryRun ? 'would drop' : 'dropped'} ${drop} whose job has succeeded`,
    leave > 0 && `left ${leave} without a jobId of their own (see "imagen dlq purge")`,
    failed > 0 && `${failed} failed and are still there: run it again`,
    isLimited && `--limit ${options.limit} reached: there may be more`,
    isDryRun && redrive + drop > 0 && 'run it again with --yes',
  ];
  return `${operation}: ${parts.filter(Boolean).join('; ')}`;
}
