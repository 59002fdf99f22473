import { invalid } from './errors.ts';
import { compareNames } from './names.ts';
import { int64Param } from './preconditions.ts';

const MAX_PAGE_ITEMS = 1000;

/** What a list request asks for. An empty string means no restriction. */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** First name, inclusive. */
  readonly startOffset: string;
  /** Last name, exclusive. */
  readonly endOffset: string;
  /** Names and common prefixes together, 1 to 1000. */
  readonly maxResults: number;
  readonly pageToken: string;
}

/** One page, in the order of the names' UTF-8 bytes. */
export interface ListPage {
  readonly names: readonly string[];
  /** Common prefixes up to and with the delimiter. */
  readonly prefixes: readonly string[];
  /** To be sent as `pageToken` for the next page; undefined on the last. */
  readonly nextPageToken: string | undefined;
}

/** Reads the list parameters; throws a 400 for a bad one and for those that this server does not have. */
export function parseListQuery(query: URLSearchParams): ListQuery {
  if (query.has('matchGlob') || query.get('softDeleted') === 'true') {
    throw invalid('matchGlob and softDeleted are not supported by this server');
  }
  const maxResults = int64Param(query, 'maxResults') ?? MAX_PAGE_ITEMS;
  if (maxResults < 1) throw invalid('Invalid value for maxResults: expected 1 or more');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    maxResults: Math.min(maxResults, MAX_PAGE_ITEMS),
    pageToken: query.get('pageToken') ?? '',
  };
}

/** Cuts one page out of all `allNames`. A page token holds the last entry seen, so names may come and go meanwhile. */
export function listPage(allNames: Iterable<string>, query: ListQuery): ListPage {
  const { maxResults, pageToken } = query;
  const lastSeen = Buffer.from(pageToken, 'base64url').toString();
  const entries = groupByPrefix(allNames, query).filter(
    (entry) => pageToken === '' || compareNames(entry.text, lastSeen) > 0,
  );
  const page = entries.slice(0, maxResults);
  const last = page.at(-1);
  const more = last !== undefined && entries.length > page.length;
  return {
    names: page.filter((entry) => !entry.isPrefix).map((entry) => entry.text),
    prefixes: page.filter((entry) => entry.isPrefix).map((entry) => entry.text),
    nextPageToken: more ? Buffer.from(last.text).toString('base64url') : undefined,
  };
}

interface ListEntry {
  readonly text: string;
  readonly isPrefix: boolean;
}

function groupByPrefix(allNames: Iterable<string>, query: ListQuery): ListEntry[] {
  const { prefix, delimiter } = query;
  const entries = new Map<string, ListEntry>();
  for (const name of selectNames(allNames, query)) {
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const text = at === -1 ? name : name.slice(0, at + delimiter.length);
    entries.set(text, { text, isPrefix: at !== -1 });
  }
  return [...entries.values()];
}

function selectNames(allNames: Iterable<string>, query: ListQuery): string[] {
  const { prefix, startOffset, endOffset } = query;
  return [...allNames]
    .filter(
      (name) =>
        name.startsWith(prefix) &&
        compareNames(name, startOffset) >= 0 &&
        (endOffset === '' || compareNames(name, endOffset) < 0),
    )
    .toSorted(compareNames);
}
