import {
  describeIssues,
  JobIdSchema,
  type OperationName,
  reviewSubscription,
} from '@imagen/contracts';
import { findJobId, type ReceivedMessage } from '@imagen/worker';
import type { Cloud } from './cloud.ts';
import { LeasedMessages } from './leased-messages.ts';
import { UsageError } from './usage-error.ts';

/** Pub/Sub's own attributes of a dead letter start with this. */
const PREFIX = 'CloudPubSubDeadLetter';

/** A message that Pub/Sub gave up delivering. */
export interface DeadLetter {
  readonly operation: OperationName;
  readonly messageId: string;
  /** Null where neither data nor attributes name one. */
  readonly jobId: string | null;
  /** How often it was delivered; null where Pub/Sub did not say. */
  readonly deliveries: number | null;
  /** When it was published to the job topic, RFC 3339. */
  readonly publishedAt: string;
  readonly data: Uint8Array;
  /** As published, without those that Pub/Sub added. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Which dead letters a command is about. */
export interface DeadLetterFilter {
  readonly jobId?: string;
  /** At most this many per operation. */
  readonly limit: number;
  /** A subscription that delivers nothing for this long has nothing, in milliseconds. */
  readonly quietMs: number;
}

/** Dead letters of one operation, under lease until they are disposed of. */
export interface LeasedDeadLetters extends AsyncDisposable {
  readonly letters: readonly DeadLetter[];
  /** True when the limit was reached: there may be more. */
  readonly isLimited: boolean;
  /** Drops dead letters for good. */
  acknowledge(letters: readonly DeadLetter[]): Promise<void>;
}

/** Options that all `imagen dlq` commands have, as commander gives them. */
export interface DeadLetterOptions {
  readonly jobId?: string;
  readonly limit: string;
  readonly quietMs: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The filter that options describe. @throws UsageError */
export function parseFilter({ jobId, limit, quietMs }: DeadLetterOptions): DeadLetterFilter {
  const numbers = { limit: count('--limit', limit), quietMs: count('--quiet-ms', quietMs) };
  return jobId === undefined ? numbers : { ...numbers, jobId: parseJobId(jobId) };
}

/** The text, if it can be a jobId. @throws UsageError */
function parseJobId(text: string): string {
  const { data: jobId, error } = JobIdSchema.safeParse(text);
  if (error) throw new UsageError(`"${text}" is not a jobId: ${describeIssues(error)}`);
  return jobId;
}

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text}: expected a number from 1 to 999999`);
}

/** Leases the dead letters of an operation that fit. Nothing is consumed until it is acked. @throws UsageError */
export async function leaseDeadLetters(
  cloud: Cloud,
  operation: OperationName,
  { jobId, limit, quietMs }: DeadLetterFilter,
  signal: AbortSignal,
): Promise<LeasedDeadLetters> {
  await using opening = new AsyncDisposableStack();
  const leased = opening.use(
    await LeasedMessages.open(cloud, reviewSubscription(operation), signal),
  );
  const letters: DeadLetter[] = [];
  for await (const message of leased.seen(signal, quietMs)) {
    const letter = toDeadLetter(operation, message);
    if (jobId !== undefined && letter.jobId !== jobId) continue;
    letters.push(letter);
    if (letters.length === limit) break;
  }
  const leases = opening.move();
  return {
    letters,
    isLimited: letters.length === limit,
    acknowledge: async (some) => leased.acknowledge(some.map(({ messageId }) => messageId)),
    [Symbol.asyncDispose]: async () => leases.disposeAsync(),
  };
}

function toDeadLetter(operation: OperationName, message: ReceivedMessage): DeadLetter {
  const { messageId, data, publishedAt } = message;
  const all = Object.entries(message.attributes);
  const published = message.attributes[`${PREFIX}SourceTopicPublishTime`];
  const deliveries = Number(message.attributes[`${PREFIX}SourceDeliveryCount`]);
  return {
    operation,
    messageId,
    jobId: findJobId(message) ?? null,
    deliveries: deliveries > 0 ? deliveries : null,
    publishedAt: published ?? publishedAt.toISOString(),
    data,
    attributes: Object.fromEntries(all.filter(([name]) => !name.startsWith(PREFIX))),
  };
}
