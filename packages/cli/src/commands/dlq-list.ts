import { type JobRecord, type OperationName } from '@imagen/contracts';
import { type Cloud, connectCloud } from '../cloud.ts';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOptions,
  leaseDeadLetters,
  parseFilter,
} from '../dead-letters.ts';
import { chunks } from '../leased-messages.ts';
import { parseOperations } from '../operation-argument.ts';
import { formatTable, print, say } from '../output.ts';
import { describeRecord } from './status.ts';

/** Records read at a time. */
const READS = 20;

/** Options of `imagen dlq show`. */
export type ShowOptions = Pick<DeadLetterOptions, 'quietMs' | 'json'>;

/** A dead letter and what its job has. */
interface ReviewedLetter {
  readonly letter: DeadLetter;
  readonly record: JobRecord | undefined;
}

/** Lists dead letters without consuming them. Exit code 0. @throws UsageError */
export async function listDeadLetters(
  name: string | undefined,
  options: DeadLetterOptions,
  signal: AbortSignal,
): Promise<number> {
  const operations = parseOperations(name);
  const filter = parseFilter(options);
  const cloud = connectCloud();
  try {
    const { reviewed, isLimited } = await review(cloud, operations, { filter, signal });
    const counts = operations.map((operation) => ({
      operation,
      deadLetters: reviewed.filter(({ letter }) => letter.operation === operation).length,
    }));
    if (options.json) {
      const deadLetters = reviewed.map(summaryOf);
      print(JSON.stringify({ counts, deadLetters, isLimited }));
      return 0;
    }
    print(formatTable([['operation', 'dead letters'], ...counts.map(toCells)]));
    if (reviewed.length > 0) print(`\n${formatTable([HEAD, ...reviewed.map(toRow)])}`);
    if (isLimited) say(`stopped at --limit ${options.limit}: there may be more`);
    return 0;
  } finally {
    await cloud.close();
  }
}

/** Shows the dead letters of one job, and its record. Exit code 1 when there is none. @throws UsageError */
export async function showDeadLetter(
  jobId: string,
  name: string | undefined,
  options: ShowOptions,
  signal: AbortSignal,
): Promise<number> {
  const filter = { ...parseFilter({ ...options, jobId, limit: '1' }), limit: Infinity };
  const operations = parseOperations(name);
  const cloud = connectCloud();
  try {
    const { reviewed } = await review(cloud, operations, { filter, signal });
    if (options.json) {
      const whole = reviewed.map((one) => ({ ...summaryOf(one), ...contentOf(one) }));
      print(JSON.stringify({ jobId, deadLetters: whole, record: reviewed[0]?.record ?? null }));
    } else if (reviewed.length === 0) print(`no dead letter names job ${jobId}`);
    else print(reviewed.map(describe).join('\n\n'));
    return reviewed.length === 0 ? 1 : 0;
  } finally {
    await cloud.close();
  }
}

async function review(
  cloud: Cloud,
  operations: readonly OperationName[],
  { filter, signal }: { readonly filter: DeadLetterFilter; readonly signal: AbortSignal },
): Promise<{ reviewed: ReviewedLetter[]; isLimited: boolean }> {
  const looks = operations.map(async (operation) => {
    await using leased = await leaseDeadLetters(cloud, operation, filter, signal);
    const { letters, isLimited } = leased;
    return { letters, isLimited };
  });
  // One may fail, but all must have given their leases back before the cloud is closed.
  await Promise.allSettled(looks);
  const perOperation = await Promise.all(looks);
  const reviewed: ReviewedLetter[] = [];
  for (const some of chunks(
    perOperation.flatMap(({ letters }) => letters),
    READS,
  )) {
    signal.throwIfAborted();
    const reads = some.map(async (letter) => ({
      letter,
      record: await recordOf(cloud, letter, signal),
    }));
    reviewed.push(...(await Promise.all(reads)));
  }
  return { reviewed, isLimited: perOperation.some(({ isLimited }) => isLimited) };
}

async function recordOf(
  cloud: Cloud,
  { jobId }: DeadLetter,
  signal: AbortSignal,
): Promise<JobRecord | undefined> {
  return jobId === null ? undefined : cloud.objects.readRecord(jobId, signal);
}

function outcomeOf(record: JobRecord | undefined): string | null {
  if (record === undefined) return null;
  return record.outcome === 'failed' ? record.error.code : record.outcome;
}

function summaryOf({ letter, record }: ReviewedLetter): object {
  const { data: _data, attributes: _attributes, ...summary } = letter;
  return { ...summary, record: outcomeOf(record) };
}

function contentOf({ letter }: ReviewedLetter): object {
  const text = new TextDecoder().decode(letter.data);
  return { data: text, attributes: letter.attributes };
}

const HEAD = ['operation', 'jobId', 'deliveries', 'published', 'record'];

function toRow({ letter, record }: ReviewedLetter): (string | number)[] {
  const { operation, jobId, deliveries, publishedAt } = letter;
  return [operation, jobId ?? '-', deliveries ?? '-', publishedAt, outcomeOf(record) ?? '-'];
}

function toCells({ operation, deadLetters }: { operation: string; deadLetters: number }) {
  return [operation, deadLetters];
}

function describe({ letter, record }: ReviewedLetter): string {
  const { operation, messageId, deliveries, publishedAt, attributes } = letter;
  return [
    `${operation} message ${messageId}, delivered ${deliveries ?? '?'} times, published ${publishedAt}`,
    ...Object.entries(attributes).map(([name, value]) => `  ${name}: ${value}`),
    `  ${new TextDecoder().decode(letter.data)}`,
    record === undefined ? 'its job has no record' : describeRecord(record),
  ].join('\n');
}
