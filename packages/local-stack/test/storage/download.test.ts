import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downloadReply, parseRange } from '../../src/storage/download.ts';
import { conditions, newObject, storeWithBucket } from './support/storage-requests.ts';

const size = fc.nat({ max: 20 });

describe('a range', () => {
  it('from one byte to another is what slicing gives', () => {
    fc.assert(
      fc.property(size, fc.nat({ max: 25 }), fc.nat({ max: 25 }), (sizeBytes, first, more) => {
        const range = parseRange(`bytes=${first}-${first + more}`, sizeBytes);
        const expected = [...Array(sizeBytes).keys()].slice(first, first + more + 1);
        expect(bytesOf(range)).toEqual(expected);
      }),
    );
  });

  it('of the last bytes is what slicing from the end gives', () => {
    fc.assert(
      fc.property(size, fc.nat({ max: 25 }), (sizeBytes, count) => {
        const range = parseRange(`bytes=-${count}`, sizeBytes);
        const expected = [...Array(sizeBytes).keys()].slice(Math.max(0, sizeBytes - count));
        expect(bytesOf(range)).toEqual(expected);
      }),
    );
  });

  it.each([undefined, 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b'])(
    '%j means the whole object',
    (header) => {
      expect(parseRange(header, 10)).toBeUndefined();
    },
  );
});

describe('a download', () => {
  const stored = storeWithBucket().insert(
    newObject({ fields: { contentEncoding: 'gzip' } }),
    conditions(),
  );

  it('carries the hash of the whole object also with a range', () => {
    const { status, headers, body } = downloadReply(stored, 'bytes=1-2');
    expect([status, String(body), headers['Content-Range']]).toEqual([206, 'eo', 'bytes 1-2/4']);
    expect(headers['X-Goog-Hash']).toBe(downloadReply(stored, undefined).headers['X-Goog-Hash']);
  });

  it('says how the bytes are encoded', () => {
    const { headers } = downloadReply(stored, undefined);
    expect(headers).toMatchObject({
      'Content-Encoding': 'gzip',
      'X-Goog-Stored-Content-Encoding': 'gzip',
      'Content-Type': 'application/octet-stream',
    });
  });

  it('of a range beyond the end is a 416 that tells the size', () => {
    const { status, headers } = downloadReply(stored, 'bytes=4-');
    expect([status, headers['Content-Range']]).toEqual([416, 'bytes */4']);
  });
});

function bytesOf(range: ReturnType<typeof parseRange>): number[] {
  if (range === undefined || range === 'unsatisfiable') return [];
  const { firstByte, lastByte } = range;
  return Array.from({ length: lastByte - firstByte + 1 }, (_, index) => firstByte + index);
}
