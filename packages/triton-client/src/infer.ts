import type { Call, CallOptions } from './service.ts';
import { checkTensor, type Datatype, isDatatype, type Tensor } from './tensor.ts';
import { TritonError } from './triton-error.ts';

/** One inference request. */
export interface InferRequest {
  readonly modelName: string;
  /** Default: the newest that is ready. */
  readonly modelVersion?: string;
  /** Shows in Triton's log. */
  readonly id?: string;
  /** Sent as raw bytes, not copied before: do not change their data until the call has ended. */
  readonly inputs: readonly Tensor[];
  /** Names of the outputs wanted; default all. */
  readonly outputs?: readonly string[];
  /** An integer goes as int64, any other number as double. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** Its answer. */
export interface InferResponse {
  readonly modelName: string;
  /** The version that ran. */
  readonly modelVersion: string;
  /** Their `data` are views of one message and keep all of it in memory. */
  readonly outputs: readonly Tensor[];
}

interface WireInferResponse {
  modelName: string;
  modelVersion: string;
  outputs: { name: string; datatype: string; shape: number[] }[];
  rawOutputContents: Uint8Array[];
}

/** Runs one inference. @throws TritonError */
export async function infer(
  call: Call,
  { inputs, outputs = [], parameters = {}, ...request }: InferRequest,
  options: CallOptions,
): Promise<InferResponse> {
  for (const input of inputs) checkTensor(input, 'invalid-argument');
  const wireParameters = Object.entries(parameters).map(([key, value]) => [
    key,
    toParameter(value),
  ]);
  const wireRequest = {
    ...request,
    parameters: Object.fromEntries(wireParameters) as object,
    inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    outputs: outputs.map((name) => ({ name })),
    rawInputContents: inputs.map(({ data }) => data),
  };
  const response = await call<WireInferResponse>('ModelInfer', wireRequest, options);
  const { modelName, modelVersion, rawOutputContents } = response;
  return {
    modelName,
    modelVersion,
    outputs: response.outputs.map((output, index) => {
      const data = rawOutputContents[index] ?? new Uint8Array(0);
      const { name, shape } = output;
      const tensor = { name, datatype: toDatatype(output.datatype), shape, data };
      checkTensor(tensor, 'failed');
      return tensor;
    }),
  };
}

function toDatatype(name: string): Datatype {
  if (isDatatype(name)) return name;
  throw new TritonError('failed', `this client cannot carry tensors of datatype ${name}`);
}

function toParameter(value: string | number | boolean): object {
  if (typeof value === 'boolean') return { boolParam: value };
  if (typeof value === 'string') return { stringParam: value };
  return Number.isSafeInteger(value) ? { int64Param: value } : { doubleParam: value };
}
