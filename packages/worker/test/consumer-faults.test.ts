import type { FaultyRpc, RpcEffect } from '@imagen/local-stack/pubsub';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConsumerBench, failWith, openConsumerBench } from './support/consumer-bench.ts';

let bench: ConsumerBench;
beforeEach(async () => {
  bench = await openConsumerBench();
});
afterEach(async () => bench[Symbol.asyncDispose]());

describe('when Pub/Sub has a fault', () => {
  it.each<[FaultyRpc, RpcEffect]>([
    ['Pull', { kind: 'unavailable' }],
    ['Pull', { kind: 'duplicate' }],
    ['Publish', { kind: 'unavailable' }],
    ['Publish', { kind: 'lose-response' }],
    ['Acknowledge', { kind: 'unavailable' }],
    ['Acknowledge', { kind: 'lose-response' }],
    ['Acknowledge', { kind: 'delay', delayMs: 50 }],
    ['ModifyAckDeadline', { kind: 'unavailable' }],
  ])('%s %j, the job has its record, its event and its ack', async (on, effect) => {
    await bench.cloud.publish('comic', { jobId: 'struck', source: bench.source });
    const fault = bench.cloud.pubsubFaults.add({ on, effect, times: 1 });
    bench.consume(failWith('MODEL_CONTRACT'));
    expect(await bench.cloud.ended('struck')).toMatchObject({ error: { code: 'MODEL_CONTRACT' } });
    await vi.waitFor(() => {
      expect(bench.cloud.journal).toContainEqual(
        expect.objectContaining({
          rpc: 'Acknowledge',
          resource: bench.subscription,
          outcome: 'OK',
        }),
      );
    });
    expect(fault.struck).toBe(1);
  });
});
