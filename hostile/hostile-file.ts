import type { ErrorCode } from '@imagen/contracts';
import type { Size } from '../packages/worker/src/image/raster.ts';

/** How a job must end. */
export type Expected =
  | { readonly ends: 'refused'; readonly codes: readonly ErrorCode[] }
  /** Refused with one of {@link REFUSALS}, or a correct result: of this size, where it is known. */
  | { readonly ends: 'either'; readonly size?: Size }
  /** Succeeds; the picture that was read has this size. */
  | { readonly ends: 'processed'; readonly size: Size }
  /** The message names no job: it is acked and counted, and nothing is written. */
  | { readonly ends: 'dropped' };

/** A file that somebody could send. */
export interface HostileFile {
  /** Unique; with an extension, which may lie. */
  readonly name: string;
  /** Row of the report. */
  readonly kind: string;
  readonly bytes: Buffer;
  readonly expected: Expected;
}

/** What may be said of a source that is no good picture. */
export const REFUSALS: readonly ErrorCode[] = [
  'UNSUPPORTED_FORMAT',
  'UNDECODABLE_IMAGE',
  'IMAGE_TOO_LARGE',
];

/** A file and how its job must end. */
export type Case = readonly [bytes: Buffer, expected: Expected];

/** Must be refused; by default as damaged or as no picture. */
export function refused(
  bytes: Buffer,
  codes: readonly ErrorCode[] = ['UNDECODABLE_IMAGE', 'UNSUPPORTED_FORMAT'],
): Case {
  return [bytes, { ends: 'refused', codes }];
}

/** Must be refused, or give a correct result. */
export function either(bytes: Buffer, size?: Size): Case {
  return [bytes, { ends: 'either', ...(size && { size }) }];
}

/** Must succeed. */
export function processed(bytes: Buffer, widthPx: number, heightPx: number): Case {
  return [bytes, { ends: 'processed', size: { widthPx, heightPx } }];
}

/** Files of one kind, by their names. */
export function ofKind(kind: string, cases: Readonly<Record<string, Case>>): HostileFile[] {
  return Object.entries(cases).map(([name, [bytes, expected]]) => ({
    name,
    kind,
    bytes,
    expected,
  }));
}
