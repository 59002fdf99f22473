import { status } from '@grpc/grpc-js';

/** A failed RPC: the gRPC status its caller gets. */
export class RpcError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

/** INVALID_ARGUMENT: the request can never succeed as it is. */
export const invalidArgument = (message: string): RpcError =>
  new RpcError(status.INVALID_ARGUMENT, message);

/** NOT_FOUND for a topic or subscription. */
export const notFound = (name: string): RpcError =>
  new RpcError(status.NOT_FOUND, `Resource not found (resource=${name}). Create it first.`);

/** ALREADY_EXISTS for a topic or subscription. */
export const alreadyExists = (name: string): RpcError =>
  new RpcError(
    status.ALREADY_EXISTS,
    `Resource already exists (resource=${name}). Use it, or delete it first.`,
  );

/** ABORTED: something else was done at the same time; read and try again. */
export const aborted = (message: string): RpcError => new RpcError(status.ABORTED, message);

/** UNIMPLEMENTED: Pub/Sub has it, this server does not. */
export const unimplemented = (feature: string): RpcError =>
  new RpcError(
    status.UNIMPLEMENTED,
    `${feature} is not supported: this local Pub/Sub has pull delivery only, without ordering, filters, ` +
      'exactly-once delivery, schemas and snapshots. Leave it out, or use the real service.',
  );

/** UNAVAILABLE: the server is stopping; clients may retry elsewhere or later. */
export const stopping = (): RpcError =>
  new RpcError(status.UNAVAILABLE, 'The local Pub/Sub server is stopping.');
