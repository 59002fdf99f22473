import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Breaker, type Condition } from '../src/breaker.ts';

const probe = vi.fn<() => Promise<Condition>>();
const onChange = vi.fn<(condition: Condition) => void>();
const { signal } = new AbortController();
let breaker: Breaker;

beforeEach(() => {
  probe.mockResolvedValue('well');
  breaker = new Breaker(probe, onChange);
});
afterEach(() => {
  breaker.close();
  vi.resetAllMocks();
});

it('is open until its first probe has found the dependency well', async () => {
  const fresh = new Breaker(probe, onChange);
  expect(fresh.condition).toBe('failing');
  await fresh.untilWell(signal);
  expect(fresh.condition).toBe('well');
});

it('opens at once when it is tripped, and closes by a probe, however many it takes', async () => {
  await breaker.untilWell(signal);
  probe.mockResolvedValueOnce('absent').mockResolvedValueOnce('failing');
  breaker.trip();
  expect(breaker.condition).toBe('failing');
  await breaker.untilWell(signal);
  const seen = onChange.mock.calls.map(([condition]) => condition);
  expect(seen).toEqual(['well', 'failing', 'absent', 'failing', 'well']);
  expect(probe).toHaveBeenCalledTimes(4);
});

it('does not probe while it is closed', async () => {
  await breaker.untilWell(signal);
  await new Promise(setImmediate);
  expect(probe).toHaveBeenCalledTimes(1);
});

it('tripped by many jobs at a time, it probes once', async () => {
  await breaker.untilWell(signal);
  for (let i = 0; i < 9; i++) breaker.trip();
  await breaker.untilWell(signal);
  expect(probe).toHaveBeenCalledTimes(2);
});

it('lets go of whoever waits when their signal aborts', async () => {
  await breaker.untilWell(signal);
  probe.mockResolvedValue('failing');
  breaker.trip();
  const stopping = new AbortController();
  const waiting = breaker.untilWell(stopping.signal);
  stopping.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
});

it('probes no more when it is closed for good', async () => {
  await breaker.untilWell(signal);
  probe.mockResolvedValue('absent');
  breaker.trip();
  await breaker.change(signal);
  breaker.close();
  const calls = probe.mock.calls.length;
  await new Promise(setImmediate);
  expect(probe).toHaveBeenCalledTimes(calls);
});
