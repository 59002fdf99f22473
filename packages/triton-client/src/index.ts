export {
  createTritonClient,
  type ModelConfig,
  type ModelIndexEntry,
  type ModelMetadata,
  type ModelStatistics,
  type ServerMetadata,
  type TensorConfig,
  type TritonClient,
} from './client.ts';
export type { InferRequest, InferResponse } from './infer.ts';
export { asFloat32, byteLengthOf, type Datatype, float32Tensor, type Tensor } from './tensor.ts';
export { TritonError, type TritonErrorKind } from './triton-error.ts';
export type { CallOptions } from './unary.ts';
