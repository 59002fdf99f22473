import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { createTritonClient } from '../src/index.ts';
import { startFakeServer } from './support/fake-server.ts';

const OPTIONS = { deadlineMs: 10_000 };

it.each([
  "Request for unknown model: 'm' is not found",
  "Request for unknown model: 'm' has no available versions",
])('a model is not ready where Triton says "%s"', async (message) => {
  await using fake = await startFakeServer();
  const answer = fake.client.modelReady('m', OPTIONS);
  (await fake.nextCall()).fail(status.NOT_FOUND, message);
  expect(await answer).toBe(false);
});

it('whether a model is ready stays unknown where Triton is unavailable', async () => {
  await using fake = await startFakeServer();
  const answer = fake.client.modelReady('m', OPTIONS);
  (await fake.nextCall()).fail(status.UNAVAILABLE, 'Server exiting');
  await expect(answer).rejects.toMatchObject({ kind: 'unavailable' });
});

it('what Triton leaves out of an answer is false, 0 or empty', async () => {
  await using fake = await startFakeServer();
  const answers = Promise.all([
    fake.client.serverLive(OPTIONS),
    fake.client.serverReady(OPTIONS),
    fake.client.modelReady('m', OPTIONS),
    fake.client.repositoryIndex(OPTIONS),
  ]);
  for (const _ of [1, 2, 3, 4]) (await fake.nextCall()).answer({});
  expect(await answers).toEqual([false, false, false, []]);
});

it('a model that never ran has counters of 0', async () => {
  await using fake = await startFakeServer();
  const answer = fake.client.statistics(OPTIONS);
  (await fake.nextCall()).answer({ modelStats: [{ name: 'm', version: '1' }] });
  const counts = { name: 'm', version: '1', inferenceCount: 0, executionCount: 0 };
  const times = { queueNs: 0, computeNs: 0, requestNs: 0 };
  expect(await answer).toEqual([{ ...counts, ...times, batches: [] }]);
});

it('counters are those of the queue, the execution and its batches', async () => {
  await using fake = await startFakeServer();
  const answer = fake.client.statistics(OPTIONS);
  const execution = { queue: { ns: 3 }, computeInput: { ns: 4 }, computeInfer: { ns: 5 } };
  const inferenceStats = { ...execution, success: { ns: 13 }, fail: { ns: 20 } };
  const batchStats = [{ batchSize: 6, computeInfer: { count: 7, ns: 8 } }];
  const counts = { name: 'm', version: '9', inferenceCount: 1, executionCount: 2 };
  (await fake.nextCall()).answer({ modelStats: [{ ...counts, inferenceStats, batchStats }] });
  const times = { queueNs: 3, computeNs: 5, requestNs: 33 };
  expect(await answer).toEqual([{ ...counts, ...times, batches: [{ size: 6, count: 7 }] }]);
});

it('a config names datatypes as tensors do, also those the client cannot carry', async () => {
  await using fake = await startFakeServer();
  const answer = fake.client.modelConfig('m', OPTIONS);
  const input = ['TYPE_BF16', 'TYPE_STRING'].map((dataType) => ({
    name: 'X',
    dataType,
    dims: [-1],
  }));
  (await fake.nextCall()).answer({ config: { name: 'm', input } });
  const inputs = ['BF16', 'STRING'].map((datatype) => ({ name: 'X', datatype, dims: [-1] }));
  const rest = { backend: '', maxBatchSize: 0, outputs: [], parameters: {} };
  expect(await answer).toEqual({ name: 'm', inputs, ...rest });
});

it('an address that is none is refused at once', () => {
  expect(() => createTritonClient('')).toThrow('Could not parse target name');
});
