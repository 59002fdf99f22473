import { homedir, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ErrorCode, JobRecord } from '@imagen/contracts';
import type { Size } from '../packages/worker/src/image/raster.ts';
import { BOMB } from './bombs.ts';
import type { Facts } from './evidence.ts';
import { type Expected, REFUSALS } from './hostile-file.ts';
import { parseLine } from './worker-log.ts';

/** Something that does not hold. */
export interface Failure {
  /** Of the file or message, or what else was looked at. */
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** How much refusing a file by its header may take. */
const MAX_BOMB_MIB = 64;

/** So much of a bad log line is shown. */
const MAX_LINE = 400;

/** Characters that change what a reader of a text sees: controls, line separators, marks of direction. */
const MISLEADING = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;
const LOCAL_PATHS: readonly string[] = [
  fileURLToPath(new URL('..', import.meta.url)),
  `${homedir()}/`,
  `${tmpdir()}/`,
  'node_modules',
];

/** Everything that is wrong with what became of a message. */
export function judge(facts: Facts): Failure[] {
  const { message, troubles } = facts.sent;
  const { name, expected } = message;
  const wanted = describeExpected(expected);
  // What the run itself had to end shows nothing more.
  const found = troubles.length > 0 ? [troubles.join('; ')] : problemsOf(facts);
  return found.map((problem) => ({ name, expected: wanted, found: problem }));
}

function problemsOf(facts: Facts): string[] {
  const { sent, record, records, attempts, decoded } = facts;
  const { kind, expected, jobId } = sent.message;
  const { growthMiB = 0 } = sent;
  const isTooMuch = kind === BOMB && growthMiB > MAX_BOMB_MIB;
  const isOnce = attempts.length === 1 && attempts[0] === 1;
  const problems = [
    isOnce ? undefined : `delivered with attempts ${attempts.join() || 'none'}`,
    isTooMuch ? `the worker grew by ${growthMiB.toFixed(0)} MiB` : undefined,
  ];
  if (jobId !== undefined) {
    problems.push(records === 1 ? undefined : `its record was written ${records} times`);
    if (record) problems.push(endingProblem(expected, record, decoded), textProblem(record));
  }
  return problems.filter((problem) => problem !== undefined);
}

function endingProblem(
  expected: Expected,
  record: JobRecord,
  decoded: Facts['decoded'],
): string | undefined {
  if (record.outcome === 'succeeded') return resultProblem(expected, record, decoded);
  const { code, message } = record.error;
  return codesOf(expected).includes(code) ? undefined : `${code}: ${message}`;
}

/** Codes that a job may fail with. */
function codesOf(expected: Expected): readonly ErrorCode[] {
  if (expected.ends === 'refused') return expected.codes;
  return expected.ends === 'either' ? REFUSALS : [];
}

function resultProblem(
  expected: Expected,
  { input, result, operation }: Extract<JobRecord, { outcome: 'succeeded' }>,
  decoded: Facts['decoded'],
): string | undefined {
  if (expected.ends === 'refused') return `succeeded: ${sizeText(input)} ${input.format}`;
  const size = ('size' in expected && expected.size) || input;
  if (!isSize(input, size)) return `was read as ${sizeText(input)}`;
  if (typeof decoded !== 'object') return `its result cannot be decoded: ${decoded}`;
  const scale = operation === 'upscale' ? 2 : 1;
  const right = { widthPx: size.widthPx * scale, heightPx: size.heightPx * scale };
  if (isSize(decoded, right) && isSize(result, right)) return undefined;
  return `its result is ${sizeText(decoded)}, the record says ${sizeText(result)}`;
}

function textProblem(record: JobRecord): string | undefined {
  const texts = textsIn(record);
  const misleading = texts.find((text) => MISLEADING.test(text));
  if (misleading !== undefined) {
    return `its record has control characters: ${escaped(misleading)}`;
  }
  const telling = texts.find((text) => LOCAL_PATHS.some((path) => text.includes(path)));
  return telling === undefined ? undefined : `its record names a local path: ${telling}`;
}

/** What is wrong with a log line: it must be JSON, with neither control characters nor, but for stacks, local paths. */
export function judgeLine(line: string): Failure | undefined {
  const parsed = parseLine(line);
  const failure = (expected: string): Failure => ({
    name: parsed?.jobId === undefined ? 'log line' : `log line of ${parsed.jobId}`,
    expected,
    found: escaped(line.slice(0, MAX_LINE)),
  });
  if (parsed === undefined) return failure('JSON');
  if (MISLEADING.test(line)) return failure('no control characters');
  const texts = textsIn(parsed, new Set(['stack']));
  const isTelling = texts.some((text) => LOCAL_PATHS.some((path) => text.includes(path)));
  return isTelling ? failure('no local paths') : undefined;
}

/** All texts in a value, the names of fields included. */
function textsIn(value: unknown, without: ReadonlySet<string> = new Set()): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value).filter(([key]) => !without.has(key));
  return entries.flatMap(([key, inner]) => [key].concat(textsIn(inner, without)));
}

function describeExpected(expected: Expected): string {
  if (expected.ends === 'refused') return `refused with ${expected.codes.join(' or ')}`;
  if (expected.ends === 'dropped') return 'acked and counted, without a record';
  const result = `a result${expected.size ? ` of ${sizeText(expected.size)}` : ''}`;
  return expected.ends === 'either' ? `refused, or ${result}` : result;
}

function isSize(a: Size, b: Size): boolean {
  return a.widthPx === b.widthPx && a.heightPx === b.heightPx;
}

function sizeText({ widthPx, heightPx }: Size): string {
  return `${widthPx}x${heightPx}`;
}

/** Fit for a terminal. */
function escaped(text: string): string {
  return text.replaceAll(new RegExp(MISLEADING, 'gu'), (character) => {
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}
