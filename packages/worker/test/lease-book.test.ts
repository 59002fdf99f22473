import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Subscription } from '../src/gcp/subscription.ts';
import { LeaseBook } from '../src/lease-book.ts';

const modifyAckDeadline = vi.fn<Subscription['modifyAckDeadline']>();
const onLost = vi.fn<(ackId: string) => void>();
const onRenewError = vi.fn<(error: unknown) => void>();
let book: LeaseBook;

beforeEach(() => {
  vi.useFakeTimers();
  modifyAckDeadline.mockResolvedValue();
  const never = async (): Promise<never> => Promise.reject(new Error('not asked for'));
  const subscription = { pull: never, acknowledge: never, modifyAckDeadline };
  book = new LeaseBook(subscription, { onLost, onRenewError });
});
afterEach(() => {
  book.close();
  vi.useRealTimers();
  vi.resetAllMocks();
});

it('renews leases at once, then all of them together every 10 s', async () => {
  book.enter(['a', 'b']);
  expect(modifyAckDeadline.mock.calls).toEqual([[['a', 'b'], 30]]);
  book.enter(['c']);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(modifyAckDeadline.mock.calls.slice(2)).toEqual([
    [['a', 'b', 'c'], 30],
    [['a', 'b', 'c'], 30],
  ]);
});

it('leaves leases alone that were struck off, and asks nothing when none is left', async () => {
  book.enter(['a', 'b']);
  book.strike('a');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(modifyAckDeadline).toHaveBeenLastCalledWith(['b'], 30);
  book.strike('b');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(modifyAckDeadline).toHaveBeenCalledTimes(2);
});

it('survives two heartbeats that fail', async () => {
  book.enter(['a']);
  await vi.advanceTimersByTimeAsync(1);
  modifyAckDeadline.mockRejectedValueOnce(new Error('1')).mockRejectedValueOnce(new Error('2'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onRenewError).toHaveBeenCalledTimes(2);
  expect(onLost).not.toHaveBeenCalled();
});

it('reports a lease once as lost when it could not be renewed for 25 s', async () => {
  book.enter(['a', 'b']);
  await vi.advanceTimersByTimeAsync(1);
  modifyAckDeadline.mockRejectedValue(new Error('gone'));
  await vi.advanceTimersByTimeAsync(25_000);
  expect(onLost).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onLost.mock.calls).toEqual([['a'], ['b']]);
});

it('hands over the leases it still has when it is closed, and renews no more', async () => {
  book.enter(['a', 'b']);
  book.strike('a');
  expect(book.close()).toEqual(['b']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(modifyAckDeadline).toHaveBeenCalledTimes(1);
});
