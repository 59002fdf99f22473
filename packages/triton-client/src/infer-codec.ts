import { methodOf } from './proto.ts';
import type { Tensor } from './tensor.ts';

const METHOD = methodOf('ModelInfer');

/** Where inferences go. */
export const INFER_PATH: string = METHOD.path;

/** ModelInferRequest as proto-loader takes it, but for `rawInputContents`. */
export interface WireInferRequest {
  readonly modelName: string;
  readonly modelVersion?: string;
  readonly id?: string;
  readonly parameters: object;
  readonly inputs: readonly Pick<Tensor, 'name' | 'datatype' | 'shape'>[];
  readonly outputs: readonly { readonly name: string }[];
}

/** ModelInferResponse, as far as anyone wants it. */
export interface WireInferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: readonly { name: string; datatype: string; shape: number[] }[];
  /** Views of the message. */
  readonly rawOutputContents: readonly Uint8Array[];
}

/** Key of `raw_input_contents`: field 7 of ModelInferRequest, with a length. */
const RAW_INPUT_KEY = (7 << 3) | 2;

/**
 * Encodes a request. Encoded messages may be put behind one another, as fields come in any order
 * (https://protobuf.dev/programming-guides/encoding/#order): so only what is small is encoded, and the bytes of tensors
 * follow as they are.
 */
export function encodeInferRequest(
  request: WireInferRequest,
  rawInputs: readonly Uint8Array[],
): Uint8Array[] {
  const tensors = rawInputs.flatMap((bytes) => [rawInputHead(bytes.byteLength), bytes]);
  return [METHOD.encode(request), ...tensors];
}

/** Decodes an answer. @throws TritonError `failed` for what is none */
export function decodeInferResponse(message: Buffer): WireInferResponse {
  return METHOD.decode(message) as WireInferResponse;
}

function rawInputHead(byteLength: number): Uint8Array {
  const bytes = [RAW_INPUT_KEY];
  let rest = byteLength;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
