import fc from 'fast-check';
import type { Datatype, Tensor } from '../../src/index.ts';

/** An array type whose elements have as many bytes as those of the datatype. */
export const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** All datatypes. */
export const DATATYPES = Object.keys(ARRAYS) as Datatype[];

/** Number of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  let elements = 1;
  for (const dim of shape) elements *= dim;
  return elements;
}

/** Arbitrary bytes of `elements` elements; of booleans only 0 and 1. */
export function bytesOf(datatype: Datatype, elements: number): fc.Arbitrary<Uint8Array> {
  const length = elements * ARRAYS[datatype].BYTES_PER_ELEMENT;
  const max = datatype === 'BOOL' ? 1 : 255;
  return fc.uint8Array({ minLength: length, maxLength: length, max });
}

/** Arbitrary tensors, small and also empty. */
export function tensors(): fc.Arbitrary<Tensor> {
  const shapes = fc.array(fc.nat({ max: 3 }), { maxLength: 4 });
  return fc.tuple(fc.constantFrom(...DATATYPES), shapes).chain(([datatype, shape]) =>
    fc.record({
      name: fc.string(),
      datatype: fc.constant(datatype),
      shape: fc.constant(shape),
      data: bytesOf(datatype, elementsOf(shape)),
    }),
  );
}

/** A UINT8 tensor of bytes that depend on their position and the seed. */
export function patterned(name: string, shape: readonly number[], seed = 0): Tensor {
  const data = new Uint8Array(elementsOf(shape));
  for (let at = 0; at < data.length; at += 1) data[at] = Math.imul(at + seed, 0x9e_37_79_b1) >>> 13;
  return { name, datatype: 'UINT8', shape, data };
}
