import { decodeInferResponse, encodeInferRequest, INFER_PATH } from './infer-codec.ts';
import { checkTensor, type Datatype, isDatatype, type Tensor } from './tensor.ts';
import { TritonError } from './triton-error.ts';
import type { CallOptions, Message, UnaryCall } from './unary.ts';

/** One inference request. */
export interface InferRequest {
  readonly modelName: string;
  /** Default: the newest that is ready. */
  readonly modelVersion?: string;
  /** Shows in Triton's log. */
  readonly id?: string;
  /**
   * Sent as raw bytes, not copied before: do not change their data until the call has ended. Do not transfer or resize
   * their memory even after an abort, as the socket may still read it.
   */
  readonly inputs: readonly Tensor[];
  /** Names of the outputs wanted; default all. */
  readonly outputs?: readonly string[];
  /** An integer goes as int64, any other number as double. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** Its answer. Disposing of it lets its memory be used for the next ones; that is worth it, but not a must. */
export interface InferResponse extends Disposable {
  readonly modelName: string;
  /** The version that ran. */
  readonly modelVersion: string;
  /** Their `data` are views of one message and keep all of it in memory; `slice` copies. They have no bytes after a dispose. */
  readonly outputs: readonly Tensor[];
}

/** Runs one inference. @throws TritonError */
export async function infer(
  call: UnaryCall,
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
  };
  const rawInputs = inputs.map(({ data }) => data);
  const message = await call(INFER_PATH, encodeInferRequest(wireRequest, rawInputs), options);
  try {
    return new Answer(message);
  } catch (error) {
    message[Symbol.dispose]();
    throw error;
  }
}

class Answer implements InferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: readonly Tensor[];
  readonly #message: Message;

  constructor(message: Message) {
    const { modelName, modelVersion, outputs, rawOutputContents } = decodeInferResponse(
      message.bytes,
    );
    this.#message = message;
    this.modelName = modelName;
    this.modelVersion = modelVersion;
    this.outputs = outputs.map(({ name, datatype, shape }, index) => {
      const data = plainBytes(rawOutputContents[index]);
      const tensor = { name, datatype: toDatatype(datatype), shape, data };
      checkTensor(tensor, 'failed');
      return tensor;
    });
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]();
  }
}

/** The same memory, but not as a Buffer: the `slice` of that would not copy. */
function plainBytes(view: Uint8Array | undefined): Uint8Array {
  if (!view) return new Uint8Array();
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
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
