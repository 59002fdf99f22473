import type { ErrorCode, OperationName } from '@imagen/contracts';
import type { Size } from '../packages/worker/src/image/raster.ts';
import type { Expected } from './hostile-file.ts';

/** A message that somebody could publish. */
export interface HostileMessage {
  /** Unique. */
  readonly name: string;
  /** Row of the report. */
  readonly kind: string;
  readonly operation: OperationName;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** The job that gets the record; undefined where none can be told. */
  readonly jobId: string | undefined;
  readonly expected: Expected;
}

/** What messages refer to. */
export interface MessageContext {
  /** `gs://` URI of a good picture. */
  readonly goodSource: string;
  /** Its size. */
  readonly size: Size;
  /** A job that has succeeded before. */
  readonly finishedJobId: string;
}

/** What a message says; the rest is {@link message}'s default. */
export interface Said {
  /** Text, bytes, or a value to be written as JSON. */
  readonly data: string | Uint8Array | object;
  readonly operation?: OperationName;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly expected: Expected;
}

/** The id that a message of this name gives its job, where it gives it one. */
export function jobIdOf(name: string): string {
  return `message-${name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100)}`;
}

/** A message for `aged`. Its job is {@link jobIdOf} of its name, unless it is to be dropped. */
export function message(kind: string, name: string, said: Said): HostileMessage {
  const { data, operation = 'aged', attributes = {}, expected } = said;
  const isRaw = typeof data === 'string' || data instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? (data as string) : JSON.stringify(data));
  const jobId = expected.ends === 'dropped' ? undefined : jobIdOf(name);
  return { name, kind, operation, data: bytes, attributes, jobId, expected };
}

/** Must end refused with one of these codes. */
export function refusedWith(...codes: readonly ErrorCode[]): Expected {
  return { ends: 'refused', codes };
}

/** The message is not as the schema of jobs wants it. */
export const INVALID: Expected = refusedWith('INVALID_MESSAGE');
/** The message names no job, or one that is done. */
export const DROPPED: Expected = { ends: 'dropped' };
