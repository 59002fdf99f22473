import { createHash } from 'node:crypto';
import {
  describeIssues,
  type Job,
  JobIdSchema,
  JobSchema,
  MAX_MESSAGE_BYTES,
  type OperationName,
} from '@imagen/contracts';
import { JobError } from './errors.ts';

/** One delivery of a message, as the consumer received it. */
export interface Delivery {
  /** Named by the subscription. */
  readonly operation: OperationName;
  readonly messageId: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishedAt: Date;
  /** `performance.now()` when it was received. */
  readonly receivedAtMs: number;
  /** 1 at first; 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

/**
 * The job a message describes.
 * @throws JobError INVALID_MESSAGE
 */
export function parseJob({ data, attributes }: Delivery): Job {
  if (data.length > MAX_MESSAGE_BYTES) {
    throw invalid(
      `the message has ${data.length} bytes of data, at most ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  const value = parseJson(data);
  const parsed = JobSchema.safeParse(value);
  if (!parsed.success) throw invalid(describeIssues(parsed.error));
  // The schema leaves this key out without a word.
  if (Object.hasOwn((value as Partial<Job>).params ?? {}, '__proto__')) {
    throw invalid('params: unrecognized key "__proto__"');
  }
  const named = attributes['jobId'];
  if (named !== undefined && named !== parsed.data.jobId) {
    throw invalid('the jobId of the attributes is not the one of the data');
  }
  return parsed.data;
}

/** SHA-256 of the operation and the message data, in hex: the same for every copy of a message. */
export function digestOf({ operation, data }: Pick<Delivery, 'operation' | 'data'>): string {
  return createHash('sha256').update(`${operation}\n`).update(data).digest('hex');
}

/** The jobId of a message that may be broken otherwise: from its data, else from its attributes. */
export function findJobId({
  data,
  attributes,
}: Pick<Delivery, 'data' | 'attributes'>): string | undefined {
  for (const candidate of [fieldOf(data, 'jobId'), attributes['jobId']]) {
    const parsed = JobIdSchema.safeParse(candidate);
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

function fieldOf(data: Uint8Array, name: string): unknown {
  try {
    if (data.length > MAX_MESSAGE_BYTES) return undefined;
    const value: unknown = parseJson(data);
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (cause) {
    throw invalid('the message data is not JSON in UTF-8', cause);
  }
}

const invalid = (problem: string, cause?: unknown): JobError =>
  new JobError('INVALID_MESSAGE', `${problem}; docs/schemas describes a job`, { cause });
