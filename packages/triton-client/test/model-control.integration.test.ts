import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTritonClient, type ModelStatistics, type TritonClient } from '../src/index.ts';
import { startForwarder, unusedAddress } from './support/loopback.ts';
import {
  echo,
  follow,
  isEcho,
  OPTIONS,
  scriptedRequest,
  startModels,
  type TritonUnderTest,
} from './support/triton.ts';

let triton: TritonUnderTest;
let client: TritonClient;
beforeAll(async () => {
  triton = await startModels('echo', 'scripted');
  client = triton.client;
});
afterAll(async () => triton[Symbol.asyncDispose]());

describe('a server', () => {
  it('is live and ready, and says what it is', async () => {
    expect(await client.serverLive(OPTIONS)).toBe(true);
    expect(await client.serverReady(OPTIONS)).toBe(true);
    expect(await client.serverMetadata(OPTIONS)).toEqual({
      name: 'triton',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      extensions: expect.arrayContaining(['binary_tensor_data', 'model_repository']) as string[],
    });
  });

  it('knows which models are ready', async () => {
    const names = ['echo', 'scripted', 'identity', 'nobody'];
    const states = names.map(async (name) => client.modelReady(name, OPTIONS));
    expect(await Promise.all(states)).toEqual([true, true, false, false]);
  });

  it('lists the versions of loaded models, and the models that were never loaded', async () => {
    const index = await client.repositoryIndex(OPTIONS);
    const rest = { state: 'READY', reason: '' };
    expect(index.filter(({ name }) => name === 'echo')).toEqual([
      { name: 'echo', version: '1', ...rest },
      { name: 'echo', version: '2', ...rest },
    ]);
    expect(index).toContainEqual({ name: 'identity', version: '', state: '', reason: '' });
  });
});

describe('a model', () => {
  it('has metadata, with its batch dimension', async () => {
    expect(await client.modelMetadata('echo', OPTIONS)).toEqual({
      name: 'echo',
      versions: ['1', '2'],
      platform: 'python',
      inputs: [{ name: 'BYTES_IN', datatype: 'UINT8', shape: [-1, -1] }],
      outputs: [{ name: 'BYTES_OUT', datatype: 'UINT8', shape: [-1, -1] }],
    });
  });

  it('has a config, with the parameters of its config.pbtxt', async () => {
    expect(await client.modelConfig('echo', OPTIONS)).toEqual({
      name: 'echo',
      backend: 'python',
      maxBatchSize: 8,
      inputs: [{ name: 'BYTES_IN', datatype: 'UINT8', dims: [-1] }],
      outputs: [{ name: 'BYTES_OUT', datatype: 'UINT8', dims: [-1] }],
      parameters: { purpose: 'to be read back', empty: '' },
    });
  });

  it('that Triton does not know has neither', async () => {
    const notFound = { name: 'TritonError', kind: 'not-found' };
    await expect(client.modelMetadata('nobody', OPTIONS)).rejects.toMatchObject(notFound);
    await expect(client.modelConfig('nobody', OPTIONS)).rejects.toMatchObject(notFound);
  });

  it('counts the items and sizes of its batches, and its time', async () => {
    const before = await statisticsOf('echo', '1');
    await Promise.all([1, 2, 3, 4].map(async () => echo(client, [2, 9], { modelVersion: '1' })));
    // Triton counts after it has answered.
    const after = await vi.waitFor(async () => {
      const statistics = await statisticsOf('echo', '1');
      expect(statistics.inferenceCount - before.inferenceCount).toBe(8);
      return statistics;
    });
    expect(after.executionCount).toBeGreaterThan(before.executionCount);
    expect(after.executionCount).toBe(sum(after.batches, ({ count }) => count));
    expect(after.inferenceCount).toBe(sum(after.batches, ({ size, count }) => size * count));
    expect(after.queueNs).toBeGreaterThan(before.queueNs);
    expect(after.computeNs).toBeGreaterThan(before.computeNs);
  });
});

describe('a load', () => {
  it('of a model that is in use fails no request, and starts its counters anew', async () => {
    using other = createTritonClient(triton.server.grpcAddress);
    await triton.changeModels();
    const loading = new AbortController();
    const users = [1, 2, 3, 4].map(async (seed) => useUntil(loading.signal, other, seed));
    await client.loadModel('echo', OPTIONS).finally(() => loading.abort());
    const answers = (await Promise.all(users)).flat();
    expect(answers.length).toBeGreaterThan(users.length);
    expect(answers).toEqual(answers.map(() => true));
    expect((await statisticsOf('echo', '2')).inferenceCount).toBeLessThan(answers.length);
  });

  it('makes a model ready that was not loaded at the start', async () => {
    const request = scriptedRequest({ yes: true }, 'crowded');
    await expect(client.infer(request, OPTIONS)).rejects.toMatchObject({ kind: 'not-found' });
    await client.loadModel('crowded', OPTIONS);
    expect(await client.infer(request, OPTIONS)).toMatchObject({ modelName: 'crowded' });
  });

  it('fails for a model that is not there', async () => {
    const loaded = client.loadModel('nobody', OPTIONS);
    await expect(loaded).rejects.toMatchObject({ name: 'TritonError', kind: 'failed' });
  });
});

describe('an unload', () => {
  it('lets running requests end and makes later ones unavailable until a load', async () => {
    const running = follow(client, { sleep_ms: 500, text: 'unloaded' });
    await triton.begun('unloaded');
    await client.unloadModel('scripted', OPTIONS);
    await expect(follow(client, {})).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await client.modelReady('scripted', OPTIONS)).toBe(false);
    expect(await running).toMatchObject({ text: 'unloaded' });
    await client.loadModel('scripted', OPTIONS);
    expect(await follow(client, { yes: true })).toEqual({ yes: true });
  });

  it('and a load revive a model whose process died, which stays dead without', async () => {
    await expect(follow(client, { exit: true })).rejects.toMatchObject({ kind: 'stub-dead' });
    await expect(follow(client, { yes: true })).rejects.toMatchObject({ kind: 'stub-dead' });
    await client.unloadModel('scripted', OPTIONS);
    await client.loadModel('scripted', OPTIONS);
    expect(await follow(client, { yes: true })).toEqual({ yes: true });
  });

  it('of an unknown model is none', async () => {
    await expect(client.unloadModel('nobody', OPTIONS)).resolves.toBeUndefined();
  });
});

describe('a client', () => {
  it('that was there before its server works as soon as that is there', async () => {
    const address = await unusedAddress();
    using early = createTritonClient(address);
    await expect(early.serverLive(OPTIONS)).rejects.toMatchObject({ kind: 'unavailable' });
    await using _ = await startForwarder(address, triton.server.grpcAddress);
    await vi.waitFor(async () => early.serverLive(OPTIONS), { timeout: 20_000 });
    expect(isEcho(await echo(early, [1, 100]))).toBe(true);
  });

  it('whose server stops gets its running answers, then finds it unavailable', async () => {
    const running = follow(client, { sleep_ms: 500, text: 'stopped' });
    await triton.begun('stopped');
    const stopped = triton.server.stop();
    expect(await running).toMatchObject({ text: 'stopped' });
    await stopped;
    await expect(echo(client, [1, 1])).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(client.serverReady(OPTIONS)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

async function statisticsOf(name: string, version: string): Promise<ModelStatistics> {
  const all = await client.statistics(OPTIONS);
  const found = all.find((of) => of.name === name && of.version === version);
  if (!found) throw new Error(`no statistics of ${name} ${version}`);
  return found;
}

function sum<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}

/** One request after the other until the signal; whether each answer was right. Rejects as soon as one fails. */
async function useUntil(signal: AbortSignal, user: TritonClient, seed: number): Promise<boolean[]> {
  const answers: boolean[] = [];
  while (!signal.aborted) answers.push(isEcho(await echo(user, [1, 1000], { seed })));
  return answers;
}
