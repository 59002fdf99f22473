import { expect, it } from 'vitest';
import { BufferPool } from '../src/buffer-pool.ts';

const MIB = 1024 * 1024;

it('a buffer has the length that was asked for, and its memory hardly more', () => {
  const pool = new BufferPool(MIB);
  for (const bytes of [0, 1, 5, 65_535, 65_536, 65_537, 3_145_770, 7_000_001]) {
    const buffer = pool.take(bytes);
    expect(buffer.length).toBe(bytes);
    expect(buffer.buffer.byteLength).toBeLessThanOrEqual(bytes * 1.126);
  }
});

it('memory that was given back is used again, for a message of nearly the same length', () => {
  const pool = new BufferPool(MIB);
  const first = pool.take(300_000);
  first.fill(7);
  pool.give(first);
  expect([pool.take(300_001)[0], pool.take(300_001)[0]]).toEqual([7, 0]);
});

it.each([10, 300_000])(
  'nothing of %d bytes is readable any more when they are given back',
  (bytes) => {
    const pool = new BufferPool(MIB);
    const buffer = pool.take(bytes);
    const view = buffer.subarray(5);
    pool.give(buffer);
    expect([buffer.length, view.length, view[0]]).toEqual([0, 0, undefined]);
  },
);

it('two buffers never share memory, also where one is given back twice', () => {
  const pool = new BufferPool(MIB);
  const first = pool.take(300_000);
  pool.give(first);
  pool.give(first);
  const [a, b] = [pool.take(300_000), pool.take(300_000)];
  a.fill(1);
  b.fill(2);
  expect(a.every((byte) => byte === 1)).toBe(true);
});

it('no more is kept than the limit: what has waited longest goes', () => {
  const pool = new BufferPool(MIB);
  const sizes = [300_000, 400_000, 500_000, 2 * MIB];
  for (const buffer of sizes.map((bytes) => pool.take(bytes).fill(7))) pool.give(buffer);
  expect(sizes.map((bytes) => pool.take(bytes)[0])).toEqual([0, 7, 7, 0]);
});
