import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseUploadRange,
  receive,
  type UploadSession,
  UploadSessions,
} from '../../src/storage/resumable.ts';
import { conditions, newObject, refusal } from './support/storage-requests.ts';

const KIB = 1024;

function startSession(): UploadSession {
  const { bytes: _, ...pending } = newObject();
  return new UploadSessions().start({ ...pending, conditions: conditions() });
}

function put(session: UploadSession, header: string | undefined, bytes: Buffer): boolean {
  return receive(session, parseUploadRange(header), bytes);
}

/** A session that has taken the first 512 KiB of an object. */
function halfway(): UploadSession {
  const session = startSession();
  put(session, `bytes 0-${512 * KIB - 1}/*`, Buffer.alloc(512 * KIB, 'a'));
  return session;
}

describe('a resumable upload', () => {
  it('is whole whatever the chunks, when each goes on where the server is', () => {
    const chunkBytes = fc.integer({ min: 256 * KIB, max: 600 * KIB });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 * KIB }), chunkBytes, (sizeBytes, step) => {
        const data = Buffer.alloc(sizeBytes, 'abcdefg');
        const session = startSession();
        let whole = false;
        while (!whole) {
          const first = session.receivedBytes;
          const last = Math.min(first + step, sizeBytes) - 1;
          whole = put(
            session,
            `bytes ${first}-${last}/${sizeBytes}`,
            data.subarray(first, last + 1),
          );
        }
        expect(Buffer.concat(session.chunks).equals(data)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('passes over bytes that it has already', () => {
    const session = halfway();
    const again = Buffer.alloc(768 * KIB, 'b');
    expect(put(session, `bytes 0-${768 * KIB - 1}/${768 * KIB}`, again)).toBe(true);
    const kept = Buffer.concat(session.chunks);
    expect([kept.length, kept.lastIndexOf('a'), kept.indexOf('b')]).toEqual([
      768 * KIB,
      512 * KIB - 1,
      512 * KIB,
    ]);
  });

  it('keeps multiples of 256 KiB of a chunk that is not the last', () => {
    const session = startSession();
    expect(put(session, `bytes 0-${300 * KIB - 1}/*`, Buffer.alloc(300 * KIB))).toBe(false);
    expect(session.receivedBytes).toBe(256 * KIB);
  });

  it('without a known size ends with the request whose range is open', () => {
    const session = halfway();
    expect(put(session, `bytes ${512 * KIB}-*/*`, Buffer.from('end'))).toBe(true);
    expect(session.receivedBytes).toBe(512 * KIB + 3);
  });

  it('in one request needs no range', () => {
    const session = startSession();
    expect(put(session, undefined, Buffer.from('all'))).toBe(true);
    expect(session.receivedBytes).toBe(3);
  });

  it.each([
    ['bytes */*', false],
    [`bytes */${512 * KIB}`, true],
    [`bytes */${256 * KIB}`, false],
    [`bytes */${768 * KIB}`, false],
  ])('halfway answers the query %s by "whole: %s" and keeps its bytes', (query, whole) => {
    const session = halfway();
    expect(put(session, query, Buffer.alloc(0))).toBe(whole);
    expect(session.receivedBytes).toBe(512 * KIB);
  });

  it('does not end when it holds more than the size that is named', () => {
    const session = halfway();
    expect(put(session, `bytes 0-${256 * KIB - 1}/${256 * KIB}`, Buffer.alloc(256 * KIB))).toBe(
      false,
    );
  });

  it.each([
    ['leaves a gap', `bytes ${768 * KIB}-${768 * KIB + 2}/*`, 503],
    ['is longer than its range', `bytes ${512 * KIB}-${512 * KIB + 1}/*`, 400],
    ['is shorter than its range', `bytes ${512 * KIB}-${512 * KIB + 3}/*`, 400],
    ['goes beyond the size', `bytes ${512 * KIB}-*/${512 * KIB + 1}`, 400],
    ['comes with a status query', 'bytes */*', 400],
  ])('refuses a body that %s', (_, header, status) => {
    const session = halfway();
    expect(refusal(() => put(session, header, Buffer.from('abc')))).toBe(status);
    expect(session.receivedBytes).toBe(512 * KIB);
  });

  it.each(['bytes', 'bytes 0-1', 'bytes 5--1/5', 'bytes -1-2/3', '0-1/2', 'bytes 0-1/x'])(
    'refuses the range %j',
    (header) => {
      expect(refusal(() => parseUploadRange(header))).toBe(400);
    },
  );
});
