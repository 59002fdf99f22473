import { type ErrorCode, OPERATION_NAMES } from '@imagen/contracts';

/** What a job must end as: what the same job ended as when nothing disturbed it. */
export type Expected =
  | { readonly outcome: 'succeeded'; readonly sha256: string }
  | { readonly outcome: 'failed'; readonly code: string };

/** What counts of a terminal record. */
export type Ending =
  | { readonly outcome: 'succeeded'; readonly result: { readonly uri: string } }
  | {
      readonly outcome: 'failed';
      readonly deliveryAttempt: number;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

/** What is known of a job after the run. */
export interface JobFacts {
  readonly jobId: string;
  readonly expected: Expected;
  /** Undefined: it has none. */
  readonly record: Ending | undefined;
  /** How often the record's object was written. */
  readonly recordGenerations: number;
  /** The job's objects in the results bucket but its record, and how often each was written. */
  readonly results: readonly { readonly name: string; readonly generations: number }[];
  /** Of the object that the record names; undefined where there is none. */
  readonly sha256: string | undefined;
  readonly events: number;
}

/** What can be wrong with a job. */
export type Problem = 'lost' | 'duplicateVisible' | 'wrongPixels' | 'noEvent';

/** Something wrong with a job. */
export interface Finding {
  readonly jobId: string;
  readonly problem: Problem;
  readonly detail: string;
}

/** Everything that is wrong with a job. */
export function judge(facts: JobFacts): Finding[] {
  const { jobId, record } = facts;
  const found: [Problem, string | undefined][] = [
    ['lost', record ? undefined : 'it has no record'],
    ['duplicateVisible', duplicate(facts)],
    ['wrongPixels', record && wrong(facts, record)],
    ['noEvent', record && facts.events === 0 ? 'its record was never announced' : undefined],
  ];
  return found.flatMap(([problem, detail]) =>
    detail === undefined ? [] : [{ jobId, problem, detail }],
  );
}

function duplicate({ recordGenerations, results }: JobFacts): string | undefined {
  const often = results.find(({ generations }) => generations > 1);
  if (recordGenerations > 1) return `its record was written ${recordGenerations} times`;
  if (often) return `${often.name} was written ${often.generations} times`;
  if (results.length < 2) return undefined;
  return `it has ${results.length} results: ${results.map(({ name }) => name).join(', ')}`;
}

function wrong({ expected, sha256 }: JobFacts, record: Ending): string | undefined {
  if (record.outcome === 'failed') {
    const { code, message } = record.error;
    if (expected.outcome === 'failed' && expected.code === code) return undefined;
    const should = expected.outcome === 'failed' ? `fail with ${expected.code}` : 'succeed';
    return `failed with ${code} (${message}) at attempt ${record.deliveryAttempt}; it should ${should}`;
  }
  if (expected.outcome === 'failed') return `succeeded; it should fail with ${expected.code}`;
  if (sha256 === undefined) return `its record names ${record.result.uri}, which does not exist`;
  return sha256 === expected.sha256 ? undefined : `${record.result.uri} has other pixels`;
}

/** The job that an object of the results bucket belongs to as a result; undefined for records and strangers. */
export function jobOfResult(object: string): string | undefined {
  const [, operation, jobId] = /^([^/]+)\/(.+)\.[a-z]+$/.exec(object) ?? [];
  return OPERATION_NAMES.some((name) => name === operation) ? jobId : undefined;
}
