import { invalid, StorageError } from './errors.ts';

/** Conditions on an object's generation and metageneration; `undefined` where none was set. */
export interface Preconditions {
  /** 0 means that the object must not exist. */
  readonly generationMatch: number | undefined;
  readonly generationNotMatch: number | undefined;
  readonly metagenerationMatch: number | undefined;
  readonly metagenerationNotMatch: number | undefined;
}

/** What preconditions are evaluated against. */
export interface Revision {
  readonly generation: number;
  readonly metageneration: number;
}

/** Reads an int64 query parameter; throws a 400 if it is there and not one. */
export function int64Param(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^-?\d{1,19}$/.test(text)) throw invalid(`Invalid value for ${name}: expected an integer`);
  return Number(text);
}

/** Reads `ifGenerationMatch` and its kin; with `ifSource` those on the source of a copy. */
export function parsePreconditions(
  query: URLSearchParams,
  prefix: 'if' | 'ifSource' = 'if',
): Preconditions {
  return {
    generationMatch: int64Param(query, `${prefix}GenerationMatch`),
    generationNotMatch: int64Param(query, `${prefix}GenerationNotMatch`),
    metagenerationMatch: int64Param(query, `${prefix}MetagenerationMatch`),
    metagenerationNotMatch: int64Param(query, `${prefix}MetagenerationNotMatch`),
  };
}

/**
 * Throws 412 where a `Match` condition does not hold and 304 where a `NotMatch` does not, as Cloud Storage does for
 * reads and writes alike. `current` is the live object: without one its generation counts as 0, and no
 * `ifGenerationNotMatch` can hold.
 */
export function checkPreconditions(conditions: Preconditions, current: Revision | undefined): void {
  const { generation, metageneration } = current ?? { generation: 0, metageneration: 0 };
  const { generationMatch, generationNotMatch } = conditions;
  const { metagenerationMatch, metagenerationNotMatch } = conditions;
  if ((generationMatch ?? generation) !== generation) {
    throw notMet(`ifGenerationMatch is ${generationMatch}, the generation is ${generation}`);
  }
  if ((metagenerationMatch ?? metageneration) !== metageneration) {
    throw notMet(
      `ifMetagenerationMatch is ${metagenerationMatch}, the metageneration is ${metageneration}`,
    );
  }
  const unchanged =
    generationNotMatch === generation ||
    metagenerationNotMatch === metageneration ||
    (generationNotMatch !== undefined && current === undefined);
  if (unchanged) throw new StorageError(304, 'notModified', 'Not modified');
}

function notMet(message: string): StorageError {
  return new StorageError(412, 'conditionNotMet', `Precondition not met: ${message}`);
}
