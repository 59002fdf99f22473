import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferRequest, InferResponse, Tensor } from '../src/index.ts';
import { type FakeServer, startFakeServer } from './support/fake-server.ts';
import { patterned, tensors } from './support/tensors.ts';

const OPTIONS = { deadlineMs: 10_000 };

let fake: FakeServer;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(async () => fake[Symbol.asyncDispose]());

it('a request carries all that it says, and its tensors as raw bytes in their order', async () => {
  const inputs = [patterned('A', [1, 3]), { ...patterned('B', [2, 0]), datatype: 'FP32' } as const];
  const ids = { modelName: 'm', modelVersion: '3', id: 'job 7' };
  expect(await sent({ ...ids, inputs, outputs: ['X', 'Y'] })).toEqual({
    ...ids,
    inputs: [
      { name: 'A', datatype: 'UINT8', shape: ['1', '3'] },
      { name: 'B', datatype: 'FP32', shape: ['2', '0'] },
    ],
    outputs: [{ name: 'X' }, { name: 'Y' }],
    rawInputContents: inputs.map(({ data }) => Buffer.from(data)),
  });
});

it('parameters keep their type: integers as int64, other numbers as double', async () => {
  const parameters = { int: -3, real: 1.5, huge: 1e300, text: '7', yes: true, no: false };
  expect(await sent({ modelName: 'm', inputs: [], parameters })).toMatchObject({
    parameters: {
      int: { int64Param: '-3' },
      real: { doubleParam: 1.5 },
      huge: { doubleParam: 1e300 },
      text: { stringParam: '7' },
      yes: { boolParam: true },
      no: { boolParam: false },
    },
  });
});

it('an answer keeps every output as it came, whatever its datatype and shape', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tensors(), { maxLength: 4 }), async (outputs) => {
      const response = await answered(wire(outputs));
      expect(response.outputs.map(withNumbers)).toEqual(outputs.map(withNumbers));
    }),
    { numRuns: 50 },
  );
});

it('a slice of an output outlives the answer', async () => {
  const output = patterned('A', [1, 300]);
  const response = await answered(wire([output]));
  const copy = response.outputs[0]!.data.slice();
  response[Symbol.dispose]();
  expect(copy).toEqual(new Uint8Array(output.data));
});

it('an answer says which model and version ran', async () => {
  const response = await answered({ modelName: 'm', modelVersion: '12' });
  expect(response).toEqual({ modelName: 'm', modelVersion: '12', outputs: [] });
});

it.each<[string, Partial<Tensor>]>([
  ['too few bytes', { data: new Uint8Array(5) }],
  ['too many bytes', { data: new Uint8Array(7) }],
  ['a datatype of another size', { datatype: 'INT16' }],
  ['negative dimensions', { shape: [-2, -3] }],
  ['a part of an element', { shape: [0.5, 12] }],
  ['no number of elements', { shape: [NaN, 6] }],
])('a tensor with %s is refused before it is sent', async (_, wrong) => {
  const tensor = { ...patterned('A', [2, 3]), ...wrong };
  const refused = fake.client.infer({ modelName: 'wrong', inputs: [tensor] }, OPTIONS);
  await expect(refused).rejects.toMatchObject({ name: 'TritonError', kind: 'invalid-argument' });
  expect(await sent({ modelName: 'right', inputs: [] })).toMatchObject({ modelName: 'right' });
});

const output = { name: 'X', datatype: 'UINT8', shape: [2, 2] };

it.each<[string, object, string]>([
  [
    'too few bytes',
    { outputs: [output], rawOutputContents: [new Uint8Array(3)] },
    'tensor X UINT8 [2,2] has 3 bytes, expected 4',
  ],
  ['no bytes', { outputs: [output] }, 'tensor X UINT8 [2,2] has 0 bytes, expected 4'],
  [
    'negative dimensions',
    { outputs: [{ ...output, shape: [-2, -2] }], rawOutputContents: [new Uint8Array(4)] },
    'tensor X UINT8 [-2,-2] has 4 bytes, expected 4',
  ],
  [
    'strings',
    { outputs: [{ ...output, datatype: 'BYTES' }], rawOutputContents: [new Uint8Array(4)] },
    'this client cannot carry tensors of datatype BYTES',
  ],
])('an answer with %s has failed', async (_, response, message) => {
  await expect(answered(response)).rejects.toMatchObject({ kind: 'failed', message });
});

it('an answer that is no message has failed', async () => {
  const answer = fake.client.infer({ modelName: 'm', inputs: [] }, OPTIONS);
  (await fake.nextCall()).answerBytes(Uint8Array.of(0xff, 0xff, 0xff));
  await expect(answer).rejects.toMatchObject({ name: 'TritonError', kind: 'failed' });
});

describe('the memory of an answer', () => {
  const large = patterned('X', [300_000]);

  it('has nothing to read when it was disposed of, and may be disposed of again', async () => {
    const response = await answered(wire([patterned('A', [5]), large]));
    const views = response.outputs.map(({ data }) => data.subarray(1));
    response[Symbol.dispose]();
    response[Symbol.dispose]();
    expect(response.outputs.map(({ data }) => [data.byteLength, data[0]])).toEqual([
      [0, undefined],
      [0, undefined],
    ]);
    expect(views.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  });

  it('stays as it is when it is not disposed of, whatever comes next', async () => {
    const first = await answered(wire([large]));
    using _ = await answered(wire([patterned('X', [300_000], 1)]));
    expect(Buffer.compare(first.outputs[0]?.data ?? new Uint8Array(0), large.data)).toBe(0);
  });
});

/** What reaches the server of a request. */
async function sent(request: InferRequest): Promise<object> {
  const answer = fake.client.infer(request, OPTIONS);
  const call = await fake.nextCall();
  call.answer({});
  await answer;
  return call.request;
}

/** What the client makes of an answer. */
async function answered(response: object): Promise<InferResponse> {
  const answer = fake.client.infer({ modelName: 'm', inputs: [] }, OPTIONS);
  (await fake.nextCall()).answer(response);
  return answer;
}

/** The tensor with its bytes as an array, as a Buffer is not equal to a Uint8Array of the same bytes. */
function withNumbers({ data, ...tensor }: Tensor): object {
  return { ...tensor, data: [...data] };
}

function wire(outputs: readonly Tensor[]): object {
  return { outputs, rawOutputContents: outputs.map(({ data }) => data) };
}
