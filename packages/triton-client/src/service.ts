import { methodOf } from './proto.ts';
import { type CallOptions, openUnary, type UnaryCall } from './unary.ts';

/** One call with a small answer; `Response` is what the proto's message looks like as a plain object. */
export type Call = <Response>(
  method: string,
  request: object,
  options: CallOptions,
) => Promise<Response>;

/** Triton's service, called with plain objects, or with encoded messages. */
export interface Service {
  readonly call: Call;
  readonly callEncoded: UnaryCall;
  readonly close: () => void;
}

/** Opens a channel; nothing is sent before the first call. */
export function openService(address: string): Service {
  const { call: callEncoded, close } = openUnary(address);
  const call: Call = async <Response>(name: string, request: object, options: CallOptions) => {
    const method = methodOf(name);
    using answer = await callEncoded(method.path, [method.encode(request)], options);
    return method.decode(answer.bytes) as Response;
  };
  return { call, callEncoded, close };
}
