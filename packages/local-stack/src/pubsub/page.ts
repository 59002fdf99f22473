import type { PageRequest } from './messages.ts';

const DEFAULT_PAGE_SIZE = 1000;

/** One page of `items` in order of their names, and the token of the next page ('' on the last). */
export function page<Item>(
  items: Iterable<Item>,
  nameOf: (item: Item) => string,
  request: PageRequest,
): { page: Item[]; nextPageToken: string } {
  const rest = [...items]
    .filter((item) => nameOf(item) > request.pageToken)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const size = request.pageSize > 0 ? request.pageSize : DEFAULT_PAGE_SIZE;
  const last = rest[size - 1];
  const more = rest.length > size && last !== undefined;
  return { page: rest.slice(0, size), nextPageToken: more ? nameOf(last) : '' };
}
