import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { TritonError } from './triton-error.ts';

const PROTO = fileURLToPath(new URL('../proto/inference.proto', import.meta.url));

const { 'inference.GRPCInferenceService': service } = loadSync(PROTO, {
  longs: Number,
  enums: String,
  defaults: true,
});
const METHODS = service as unknown as Readonly<Record<string, MethodDefinition<object, object>>>;

/** How the messages of a method of the service look on the wire; bytes in a message are views of it. */
export interface Method {
  /** Such as `/inference.GRPCInferenceService/ServerLive`. */
  readonly path: string;
  readonly encode: (request: object) => Buffer;
  /** As a plain object with all its defaults. @throws TritonError `failed` for what is no message */
  decode(response: Buffer): object;
}

/** A method by its name in the proto. */
export function methodOf(name: string): Method {
  const definition = METHODS[name];
  if (!definition) throw new TypeError(`the proto has no method ${name}`);
  return {
    path: definition.path,
    encode: definition.requestSerialize,
    decode(response) {
      try {
        return definition.responseDeserialize(response);
      } catch (cause) {
        throw new TritonError('failed', `the answer to ${name} is no message of its kind`, {
          cause,
        });
      }
    },
  };
}
