import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { limitTime } from '../src/time-limit.ts';

it('aborts when the time is over', () => {
  vi.useFakeTimers();
  using limit = limitTime(1000);
  vi.advanceTimersByTime(999);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.reason).toMatchObject({ name: 'TimeoutError' });
  vi.useRealTimers();
});

it('aborts with a parent, and with its reason, also when that has aborted before', () => {
  const parent = new AbortController();
  using early = limitTime(1000, parent.signal);
  parent.abort('stop');
  using late = limitTime(1000, new AbortController().signal, parent.signal);
  expect([early.signal.reason, late.signal.reason]).toEqual(['stop', 'stop']);
});

it('leaves neither a timer nor a listener behind', () => {
  vi.useFakeTimers();
  const parent = new AbortController();
  {
    using limit = limitTime(1000, parent.signal);
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(1);
    expect(limit.signal.aborted).toBe(false);
  }
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
