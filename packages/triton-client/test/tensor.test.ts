import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asFloat32, byteLengthOf, float32Tensor } from '../src/index.ts';
import { ARRAYS, elementsOf, tensors } from './support/tensors.ts';

/** Any float that FP32 has, NaN and −0 among them. */
const floats = fc.float32Array({ maxLength: 40 });

it('a tensor has as many bytes as an array of its elements', () => {
  fc.assert(
    fc.property(tensors(), ({ datatype, shape }) => {
      const elements = new ARRAYS[datatype](elementsOf(shape));
      expect(byteLengthOf({ datatype, shape })).toBe(elements.byteLength);
    }),
  );
});

it('a tensor without dimensions is one element', () => {
  expect(byteLengthOf({ datatype: 'FP64', shape: [] })).toBe(8);
});

it('floats travel as little-endian IEEE 754 singles', () => {
  fc.assert(
    fc.property(floats, (values) => {
      const { data } = float32Tensor('X', [values.length], values);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      expect(data.byteLength).toBe(4 * values.length);
      for (const [at, value] of values.entries()) expect(view.getFloat32(4 * at, true)).toBe(value);
    }),
  );
});

it('floats come back bit for bit from any place in a message', () => {
  fc.assert(
    fc.property(floats, fc.nat({ max: 9 }), (values, offset) => {
      const sent = float32Tensor('X', [values.length], values);
      const message = new Uint8Array(offset + sent.data.byteLength + 3);
      message.set(sent.data, offset);
      const data = message.subarray(offset, offset + sent.data.byteLength);
      expect(asFloat32({ ...sent, data })).toEqual(values);
    }),
  );
});

it('a part of an array is sent without the rest of it', () => {
  const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const tensor = float32Tensor('X', [2], part);
  expect([...asFloat32(tensor)]).toEqual([2, 3]);
});

it('values and aligned data share their memory', () => {
  const values = new Float32Array(2);
  const tensor = float32Tensor('X', [2], values);
  values[1] = 7;
  expect([...asFloat32(tensor)]).toEqual([0, 7]);
  expect(asFloat32(tensor).buffer).toBe(values.buffer);
});

it('only an FP32 tensor is read as floats, and only with all of its bytes', () => {
  const tensor = float32Tensor('X', [2], new Float32Array(2));
  expect(() => asFloat32({ ...tensor, datatype: 'INT32' })).toThrow('tensor X is INT32, not FP32');
  const cut = { ...tensor, data: tensor.data.subarray(1) };
  expect(() => asFloat32(cut)).toThrow('tensor X FP32 [2] has 7 bytes, expected 8');
});
