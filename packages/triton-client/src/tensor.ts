import { TritonError } from './triton-error.ts';

/** Bytes per element. BYTES (strings) has no fixed size and is not supported. */
const ELEMENT_BYTES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
} as const;

/** A datatype of the KServe v2 protocol. */
export type Datatype = keyof typeof ELEMENT_BYTES;

/** A tensor as it travels. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** With the batch dimension, where the model has one. */
  readonly shape: readonly number[];
  /** Row-major, little-endian, without padding: product of `shape` × size of `datatype` bytes. */
  readonly data: Uint8Array;
}

/** True for a datatype this client can carry. */
export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(ELEMENT_BYTES, name);
}

/** Bytes that a tensor of this datatype and shape has. */
export function byteLengthOf({ datatype, shape }: Pick<Tensor, 'datatype' | 'shape'>): number {
  return shape.reduce((product, dim) => product * dim, ELEMENT_BYTES[datatype]);
}

/**
 * Checks that a tensor's shape is one and that its data fit it and the datatype.
 * @throws TritonError `kind`, naming the tensor and both lengths
 */
export function checkTensor(tensor: Tensor, kind: 'invalid-argument' | 'failed'): void {
  const { name, datatype, shape, data } = tensor;
  const expected = byteLengthOf(tensor);
  const isShape = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (isShape && data.byteLength === expected) return;
  const described = `tensor ${name} ${datatype} [${shape.join(',')}]`;
  throw new TritonError(kind, `${described} has ${data.byteLength} bytes, expected ${expected}`);
}

/** An FP32 tensor over the memory of `values`: do not change them until the call has ended. */
export function float32Tensor(
  name: string,
  shape: readonly number[],
  values: Float32Array,
): Tensor {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, datatype: 'FP32', shape, data };
}

/**
 * The values of an FP32 tensor: a view where its memory is aligned, else a copy.
 * @throws TritonError `invalid-argument` for another tensor
 */
export function asFloat32(tensor: Tensor): Float32Array {
  checkTensor(tensor, 'invalid-argument');
  const { name, datatype, data } = tensor;
  if (datatype !== 'FP32') {
    throw new TritonError('invalid-argument', `tensor ${name} is ${datatype}, not FP32`);
  }
  const isAligned = data.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : new Uint8Array(data);
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}
