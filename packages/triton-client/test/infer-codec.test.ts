import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeInferResponse, encodeInferRequest } from '../src/infer-codec.ts';
import { TritonError } from '../src/index.ts';
import { tensors } from './support/tensors.ts';

const PROTO = fileURLToPath(new URL('../proto/inference.proto', import.meta.url));
const OPTIONS = { longs: Number, enums: String, defaults: true };
const { 'inference.GRPCInferenceService': service } = loadSync(PROTO, OPTIONS);
const { ModelInfer } = service as unknown as Record<string, MethodDefinition<object, object>>;

const parameter = fc.oneof(
  fc.boolean().map((boolParam) => ({ boolParam })),
  fc.maxSafeInteger().map((int64Param) => ({ int64Param })),
  fc.string().map((stringParam) => ({ stringParam })),
);
const request = fc.record({
  modelName: fc.string(),
  modelVersion: fc.string(),
  id: fc.string(),
  parameters: fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), parameter, {
    noNullPrototype: true,
  }),
  inputs: fc.array(tensors(), { maxLength: 4 }),
  outputs: fc.array(fc.record({ name: fc.string() }), { maxLength: 3 }),
});

it('a request is to others what it is, with the tensors’ own bytes in it', () => {
  fc.assert(
    fc.property(request, ({ inputs, ...rest }) => {
      const described = inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
      const rawInputs = inputs.map(({ data }) => data);
      const parts = encodeInferRequest({ ...rest, inputs: described }, rawInputs);
      for (const bytes of rawInputs) expect(parts).toContain(bytes);
      const whole = { ...rest, inputs: described, rawInputContents: rawInputs };
      const decoded = ModelInfer?.requestDeserialize(Buffer.concat(parts));
      expect(decoded).toEqual(ModelInfer?.requestDeserialize(serialized(whole)));
    }),
  );
});

it.each([127, 128, 16_383, 16_384, 3_145_728])('a tensor of %d bytes keeps its length', (bytes) => {
  const parts = encodeInferRequest({ modelName: 'm', parameters: {}, inputs: [], outputs: [] }, [
    new Uint8Array(bytes),
  ]);
  const decoded = ModelInfer?.requestDeserialize(Buffer.concat(parts));
  expect((decoded as { rawInputContents: Buffer[] }).rawInputContents[0]).toHaveLength(bytes);
});

/** Fields of ModelInferResponse by themselves. */
const fields = fc.record({
  unknown: fc.constant(Buffer.from('a20602686978ff01', 'hex')),
  name: fc.string().map((text) => field(1, Buffer.from(text))),
  version: fc.string().map((text) => field(2, Buffer.from(text))),
});

it('an answer may have its fields in any order, and others that nobody knows', () => {
  const shuffled = fc
    .tuple(fields, fc.uint8Array(), fc.nat())
    .chain(([{ unknown, name, version }, raw]) =>
      fc.tuple(
        fc.constant(Buffer.from(raw)),
        fc.shuffledSubarray([unknown, name, version, field(6, raw)], { minLength: 4 }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([raw, all]) => {
      expect(decodeInferResponse(Buffer.concat(all)).rawOutputContents).toEqual([raw]);
    }),
  );
});

it('shapes may be packed or not', () => {
  const name = field(1, Buffer.from('X'));
  const packed = field(5, Buffer.concat([name, Buffer.from('1a03018002', 'hex')]));
  const single = field(
    5,
    Buffer.concat([name, Buffer.from('180118 8002'.replace(' ', ''), 'hex')]),
  );
  const tensor = { name: 'X', datatype: '', shape: [1, 256] };
  expect(decodeInferResponse(Buffer.concat([packed, single])).outputs).toEqual([tensor, tensor]);
});

it('the bytes of an answer are views of it', () => {
  const message = Buffer.concat([Buffer.alloc(0), field(6, Buffer.from('pixels'))]);
  const [raw] = decodeInferResponse(message).rawOutputContents;
  message.fill('x', message.length - 6);
  expect(Buffer.from(raw ?? []).toString()).toBe('xxxxxx');
});

const response = fc.record({
  modelName: fc.string(),
  outputs: fc.array(tensors(), { maxLength: 3 }),
  rawOutputContents: fc.array(fc.uint8Array(), { maxLength: 3 }),
});
const mutated = fc
  .tuple(response, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }), fc.nat())
  .map(([message, changes, cut]) => {
    const bytes = Buffer.from(ModelInfer?.responseSerialize(message) ?? []);
    for (const [at, value] of changes) bytes[at % (bytes.length + 1)] = value;
    return bytes.subarray(0, bytes.length - (cut % 3));
  });

it('any bytes are an answer, or have failed; what lies behind them is not read', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated);
  fc.assert(
    fc.property(bytes, (message) => {
      const memory = Buffer.alloc(message.length + 4096, 0x61);
      memory.set(message);
      const decoded = decode(memory.subarray(0, message.length));
      for (const raw of decoded?.rawOutputContents ?? []) {
        expect(Buffer.from(raw).includes('a'.repeat(100))).toBe(false);
        expect(raw.byteLength).toBeLessThanOrEqual(message.length);
      }
    }),
    { numRuns: 2000 },
  );
});

it('groups within groups without end have failed', () => {
  expect(decode(Buffer.alloc(1_000_000, 0x9b))).toBeUndefined();
  expect(decode(Buffer.alloc(1_000_000, 0x3b))).toBeUndefined();
});

/** The answer in these bytes, or undefined where they have failed as they should. */
function decode(bytes: Buffer): ReturnType<typeof decodeInferResponse> | undefined {
  try {
    return decodeInferResponse(bytes);
  } catch (error) {
    if (error instanceof TritonError && error.kind === 'failed') return undefined;
    throw error;
  }
}

function serialized(message: object): Buffer {
  if (!ModelInfer) throw new Error('no ModelInfer');
  return ModelInfer.requestSerialize(message);
}

/** A field with a length of one octet. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
}
