import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listPage, parseListQuery } from '../../src/storage/listing.ts';
import { refusal } from './support/storage-requests.ts';

const text = (minLength: number) =>
  fc.string({ minLength, maxLength: 6, unit: fc.constantFrom('a', 'b', '/', 'é', '\uFFFD', '𝄞') });
const names = fc.uniqueArray(text(1), { maxLength: 30 });
const restrictions = fc.record(
  {
    prefix: text(0),
    delimiter: fc.constantFrom('/', 'a/', '𝄞'),
    startOffset: text(0),
    endOffset: text(0),
  },
  { requiredKeys: [] },
);

const utf8 = (name: string) => Buffer.from(name).toString('hex');

function list(all: string[], query: Record<string, string>) {
  return listPage(all, parseListQuery(new URLSearchParams(query)));
}

function listPageByPage(all: string[], query: Record<string, string>, maxResults: number) {
  const pages = [];
  let pageToken: string | undefined = '';
  while (pageToken !== undefined) {
    const page = list(all, { ...query, maxResults: String(maxResults), pageToken });
    pages.push(page);
    pageToken = page.nextPageToken;
  }
  return pages;
}

describe('a listing', () => {
  it('without a delimiter holds exactly the names that fit, in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(names, restrictions, (all, query) => {
        const { prefix = '', startOffset = '', endOffset = '' } = query;
        const expected = all
          .filter((name) => name.startsWith(prefix) && utf8(name) >= utf8(startOffset))
          .filter((name) => endOffset === '' || utf8(name) < utf8(endOffset))
          .toSorted((a, b) => (utf8(a) < utf8(b) ? -1 : 1));
        expect(list(all, { ...query, delimiter: '' }).names).toEqual(expected);
      }),
    );
  });

  it('with a delimiter holds every name either itself or by one prefix', () => {
    fc.assert(
      fc.property(names, fc.constantFrom('/', 'a/'), (all, delimiter) => {
        const page = list(all, { delimiter });
        const shown = all.filter((name) => page.names.includes(name));
        const grouped = all.filter((name) =>
          page.prefixes.some((prefix) => name.startsWith(prefix)),
        );
        expect(shown.length + grouped.length).toBe(all.length);
        expect(new Set(page.prefixes).size).toBe(page.prefixes.length);
      }),
    );
  });

  it('read page by page is the same as read at once', () => {
    fc.assert(
      fc.property(names, restrictions, fc.integer({ min: 1, max: 5 }), (all, query, maxResults) => {
        const whole = list(all, query);
        const pages = listPageByPage(all, query, maxResults);
        expect(pages.flatMap((page) => page.names)).toEqual(whole.names);
        expect(pages.flatMap((page) => page.prefixes)).toEqual(whole.prefixes);
        expect(
          Math.max(...pages.map((page) => page.names.length + page.prefixes.length)),
        ).toBeLessThanOrEqual(maxResults);
      }),
    );
  });

  it('takes the start offset in and leaves the end offset out', () => {
    const { names: between } = list(['a', 'b', 'c', 'd'], { startOffset: 'b', endOffset: 'd' });
    expect(between).toEqual(['b', 'c']);
  });

  it('goes on where it was although the last name seen was deleted', () => {
    const { nextPageToken = '' } = list(['a', 'b', 'c'], { maxResults: '2' });
    expect(list(['a', 'c'], { pageToken: nextPageToken }).names).toEqual(['c']);
  });

  it.each([{ maxResults: '0' }, { maxResults: 'x' }, { matchGlob: '**' }, { softDeleted: 'true' }])(
    'refuses %j instead of answering something else',
    (query) => {
      expect(refusal(() => list([], query))).toBe(400);
    },
  );
});
