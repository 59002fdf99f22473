import { formatTable } from '../packages/cli/src/output.ts';
import type { Facts } from './evidence.ts';
import type { Failure } from './verdict.ts';

/** Over this a refusal of a watched file gets a mark. */
const SLOW_MS = 100;

/** What a run has shown. */
export interface Report {
  readonly seed: number;
  readonly wallMs: number;
  readonly kinds: readonly KindRow[];
  /** Of files sent one at a time. */
  readonly watched: readonly WatchedRow[];
  readonly failures: readonly Failure[];
}

interface KindRow {
  readonly kind: string;
  readonly number: number;
  readonly processed: number;
  /** Acked without a record. */
  readonly dropped: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** Undefined where memory was not watched. */
  readonly growthMiB: number | undefined;
}

interface WatchedRow {
  readonly name: string;
  readonly bytes: number;
  readonly ended: string;
  readonly durationMs: number;
  readonly growthMiB: number;
}

/** Puts together what is known of all messages. @param sourceBytes sizes of files by their names */
export function makeReport(
  facts: readonly Facts[],
  rest: Pick<Report, 'seed' | 'wallMs' | 'failures'>,
  sourceBytes: ReadonlyMap<string, number>,
): Report {
  const byKind = Map.groupBy(facts, ({ sent }) => sent.message.kind);
  const watched = facts.filter(({ sent }) => sent.growthMiB !== undefined);
  return {
    ...rest,
    kinds: [...byKind].map(([kind, some]) => kindRow(kind, some)),
    watched: watched.map((fact) => {
      const { name } = fact.sent.message;
      return {
        name,
        bytes: sourceBytes.get(name) ?? 0,
        ended: endOf(fact),
        durationMs: fact.record?.durationMs ?? 0,
        growthMiB: Math.round(fact.sent.growthMiB ?? 0),
      };
    }),
  };
}

function kindRow(kind: string, facts: readonly Facts[]): KindRow {
  const ends = facts.map((fact) => endOf(fact));
  const refused = Object.groupBy(
    ends.filter((end) => end !== 'succeeded' && end !== 'dropped'),
    (end) => end,
  );
  const growths = facts.flatMap(({ sent }) => sent.growthMiB ?? []);
  return {
    kind,
    number: facts.length,
    processed: ends.filter((end) => end === 'succeeded').length,
    dropped: ends.filter((end) => end === 'dropped').length,
    refused: Object.fromEntries(
      Object.entries(refused).map(([code, some]) => [code, some?.length ?? 0]),
    ),
    slowestMs: Math.max(...facts.map(({ record }) => record?.durationMs ?? 0)),
    growthMiB: growths.length === 0 ? undefined : Math.round(Math.max(...growths)),
  };
}

function endOf({ record }: Facts): string {
  if (record === undefined) return 'dropped';
  return record.outcome === 'failed' ? record.error.code : 'succeeded';
}

/** Both tables, and a line for each failure. */
export function renderReport({ kinds, watched, failures, wallMs }: Report): string {
  const kindRows = kinds.map((row) => [
    row.kind,
    row.number,
    row.processed,
    row.dropped,
    row.slowestMs,
    row.growthMiB ?? '',
    Object.entries(row.refused)
      .map(([code, count]) => `${code} ${count}`)
      .join(', '),
  ]);
  const watchedRows = watched.map(({ name, bytes, ended, durationMs, growthMiB }) => [
    name,
    bytes,
    durationMs,
    durationMs > SLOW_MS ? '!' : '',
    growthMiB,
    ended,
  ]);
  const total = kinds.reduce((sum, { number }) => sum + number, 0);
  const names = [...new Set(failures.map(({ name }) => name))];
  const parts = [
    formatTable([
      ['kind', 'number', 'processed', 'dropped', 'slowest ms', 'MiB', 'refused'],
      ...kindRows,
    ]),
    formatTable([['one at a time', 'bytes', 'ms', '', 'MiB', 'ended'], ...watchedRows]),
    ...failures.map(({ name, expected, found }) => `${name}: expected ${expected}; ${found}`),
    `${total} sent in ${Math.round(wallMs / 1000)} s; ${failures.length} failures${
      names.length > 0 ? ` by ${names.length}: ${names.join(', ')}` : ''
    }`,
  ];
  return parts.join('\n\n');
}
