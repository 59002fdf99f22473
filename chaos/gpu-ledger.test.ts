import { expect, test } from 'vitest';
import { GpuLedger } from './gpu-ledger.ts';

const counters = (name: string, executionCount: number, inferenceCount: number) => ({
  name,
  version: '1',
  executionCount,
  inferenceCount,
  queueNs: 0,
  computeNs: 0,
  requestNs: 0,
  batches: [],
});

test('a later look replaces an earlier one', () => {
  const ledger = new GpuLedger();
  ledger.see([counters('a', 1, 2)]);
  ledger.see([counters('a', 3, 6), counters('b', 1, 1)]);
  expect(ledger.total).toStrictEqual({ executions: 4, inferences: 7 });
});

test('what a model or a server counted before it was gone is not lost, and not counted twice', () => {
  const ledger = new GpuLedger();
  ledger.see([counters('a', 3, 6), counters('b', 1, 1)]);
  ledger.close('a');
  ledger.see([counters('a', 1, 1), counters('b', 2, 2)]);
  ledger.close();
  ledger.see([counters('a', 10, 10)]);
  expect(ledger.total).toStrictEqual({ executions: 16, inferences: 19 });
});
