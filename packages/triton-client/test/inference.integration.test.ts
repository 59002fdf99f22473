import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTritonClient, type Datatype, type Tensor, type TritonClient } from '../src/index.ts';
import { bytesOf, DATATYPES, elementsOf, patterned } from './support/tensors.ts';
import {
  echo,
  follow,
  isEcho,
  OPTIONS,
  scriptedRequest,
  startModels,
  type TritonUnderTest,
} from './support/triton.ts';

const MIB = 1024 * 1024;

let triton: TritonUnderTest;
let client: TritonClient;
beforeAll(async () => {
  triton = await startModels('identity', 'echo', 'scripted', 'crowded');
  client = triton.client;
});
afterAll(async () => triton[Symbol.asyncDispose]());

describe('tensors', () => {
  /** The Python backend of this Triton has no BF16. */
  const datatypes = DATATYPES.filter((datatype) => datatype !== 'BF16');

  it('of every datatype come back byte for byte, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(batches(datatypes), async (inputs) => {
        const { outputs } = await client.infer({ modelName: 'identity', inputs }, OPTIONS);
        expect(outputs.map(described)).toEqual(inputs.map(described));
      }),
      { numRuns: 25 },
    );
  });

  it('of more than 4 MiB go both ways', async () => {
    expect(isEcho(await echo(client, [2, 6 * MIB + 1]))).toBe(true);
  });

  it('may be empty', async () => {
    expect(isEcho(await echo(client, [1, 0]))).toBe(true);
  });

  it('of many concurrent requests do not get mixed up', async () => {
    const requests = Array.from({ length: 96 }, async (_, seed) =>
      echo(client, [(seed % 3) + 1, (seed % 7) ** 4 * 100], { seed }),
    );
    expect((await Promise.all(requests)).map(isEcho)).toEqual(requests.map(() => true));
  });

  it('come only from the outputs that were asked for', async () => {
    const [inputs] = fc.sample(batches(datatypes), 1);
    const outputs = ['OUT_FP16', 'OUT_UINT8'];
    const request = { modelName: 'identity', inputs: inputs ?? [], outputs };
    const answer = await client.infer(request, OPTIONS);
    expect(new Set(answer.outputs.map(({ name }) => name))).toEqual(new Set(outputs));
  });
});

describe('a version of a model', () => {
  it('is the newest where the request does not say', async () => {
    expect(await echo(client, [1, 1])).toMatchObject({ modelName: 'echo', modelVersion: '2' });
  });

  it.each(['1', '2'])('is the one the request says: %s', async (modelVersion) => {
    expect(await echo(client, [1, 1], { modelVersion })).toMatchObject({ modelVersion });
  });

  it('that does not exist is not found', async () => {
    const answer = echo(client, [1, 1], { modelVersion: '3' });
    await expect(answer).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('a request', () => {
  it('to an unknown model is not found', async () => {
    const answer = echo(client, [1, 1], { modelName: 'nobody' });
    await expect(answer).rejects.toMatchObject({ name: 'TritonError', kind: 'not-found' });
  });

  const input = patterned('BYTES_IN', [1, 4]);

  it.each<[string, readonly Tensor[]]>([
    ['a shape without batch dimension', [{ ...input, shape: [4] }]],
    ['another datatype', [{ ...input, datatype: 'INT8' }]],
    ['too large a batch', [patterned('BYTES_IN', [9, 4])]],
    ['an input missing', []],
    ['an input too many', [input, patterned('MORE', [1, 4])]],
  ])('with %s is an invalid argument', async (_, inputs) => {
    const answer = client.infer({ modelName: 'echo', inputs, id: 'job 7' }, OPTIONS);
    await expect(answer).rejects.toMatchObject({ kind: 'invalid-argument' });
  });

  it.each([{ outputs: ['NONE'] }, { parameters: { triton_x: 1 } }, { modelVersion: 'new' }])(
    'with %o is an invalid argument',
    async (wrong) => {
      const answer = echo(client, [1, 4], wrong);
      await expect(answer).rejects.toMatchObject({ kind: 'invalid-argument' });
    },
  );

  it('passes its parameters on to the model', async () => {
    const script = { int: -3, real: 1.5, huge: 1e300, text: '7', yes: true, no: false };
    expect(await follow(client, script)).toEqual(script);
  });

  it('fails with the model’s exception, and the model goes on', async () => {
    const answer = follow(client, { raise: 'Exceeds maximum queue size' });
    await expect(answer).rejects.toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('ValueError: Exceeds maximum queue size') as string,
    });
    expect(await follow(client, { yes: true })).toEqual({ yes: true });
  });

  it('fails with the kind that the model’s own error has', async () => {
    const refused = { kind: 'invalid-argument', message: 'failed to load the image' };
    const answer = follow(client, { refuse: 'failed to load the image' });
    await expect(answer).rejects.toMatchObject(refused);
  });

  it('finds the queue full while others wait', async () => {
    const request = scriptedRequest({ sleep_ms: 500 }, 'crowded');
    const requests = Array.from({ length: 8 }, async () => client.infer(request, OPTIONS));
    const outcomes = await Promise.allSettled(requests);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    const kinds = failures.map(({ reason }) => (reason as { kind: string }).kind);
    expect(new Set(kinds)).toEqual(new Set(['queue-full']));
    expect(failures.length).toBeLessThan(outcomes.length);
  });
});

describe('a running request', () => {
  it('fails when its deadline is over', async () => {
    const answer = client.infer(scriptedRequest({ sleep_ms: 800 }), { deadlineMs: 200 });
    await expect(answer).rejects.toMatchObject({ kind: 'deadline-exceeded' });
  });

  it('is aborted with the reason of its signal', async () => {
    const controller = new AbortController();
    const request = scriptedRequest({ sleep_ms: 800, text: 'aborted' });
    const answer = client.infer(request, { ...OPTIONS, signal: controller.signal });
    await triton.begun('aborted');
    controller.abort('no longer wanted');
    await expect(answer).rejects.toBe('no longer wanted');
  });

  it('ends with its client', async () => {
    const other = createTritonClient(triton.server.grpcAddress);
    const answer = follow(other, { sleep_ms: 800, text: 'closed' });
    await triton.begun('closed');
    other.close();
    await expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

/** One tensor [n, 2, 3] of each datatype, with any bytes. */
function batches(datatypes: readonly Datatype[]): fc.Arbitrary<Tensor[]> {
  return fc.integer({ min: 1, max: 4 }).chain((items) => {
    const shape = [items, 2, 3];
    const inputs = datatypes.map((datatype) =>
      bytesOf(datatype, elementsOf(shape)).map((data) => tensor(datatype, shape, data)),
    );
    return fc.tuple(...inputs);
  });
}

/** The input or, when it is compared, the output of `identity` for a datatype. */
function tensor(datatype: Datatype, shape: readonly number[], bytes: Uint8Array): Tensor {
  return { name: datatype, datatype, shape, data: bytes };
}

function described({ name, datatype, shape, data }: Tensor): unknown {
  return [name.replace('OUT_', ''), datatype, shape, [...data]];
}
