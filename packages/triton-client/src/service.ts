import { fileURLToPath } from 'node:url';
import {
  type ChannelOptions,
  Client,
  type ClientUnaryCall,
  credentials,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { toTritonError, TritonError } from './triton-error.ts';

/** Limits of one call. */
export interface CallOptions {
  /** Milliseconds until the call fails with `deadline-exceeded`, connecting included; 24 days at most. */
  readonly deadlineMs: number;
  /** Aborts the call at once; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One unary call; `Response` is what the proto's message looks like as a plain object. */
export type Call = <Response>(
  method: string,
  request: object,
  options: CallOptions,
) => Promise<Response>;

const PROTO = fileURLToPath(new URL('../proto/inference.proto', import.meta.url));

const CHANNEL: ChannelOptions = {
  // Tensors are larger than the default 4 MiB.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // The default of 64 KiB, for all calls of a connection together, costs up to 15 times the throughput at 1 ms.
  'grpc-node.flow_control_window': 16 * 1024 * 1024,
  // Retries do not apply to messages over 1 MiB anyway; callers retry.
  'grpc.enable_retries': 0,
  // A server that comes back is found within half a second.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  // Finds a dead peer under load. Triton ends a connection that is pinged more often than every 300 s without data.
  'grpc.keepalive_time_ms': 310_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 0,
};

/** A timer of Node.js goes no further, and a deadline that its header cannot hold ends the process in grpc-js. */
const LONGEST_DEADLINE_MS = 2 ** 31 - 1;

interface Connection {
  readonly client: Client;
  /** A closed grpc-js client lets its calls go on: they have to be cancelled one by one. */
  readonly running: Set<ClientUnaryCall>;
  isClosed: boolean;
}

/** Opens a channel; nothing is sent before the first call. */
export function openService(address: string): { call: Call; close: () => void } {
  const methods = loadMethods();
  const client = new Client(address, credentials.createInsecure(), CHANNEL);
  const connection: Connection = { client, running: new Set(), isClosed: false };
  const call: Call = async (method, request, options) => {
    const definition = methods[method];
    if (!definition) throw new TypeError(`the proto has no method ${method}`);
    return callUnary(connection, definition, request, options);
  };
  const close = (): void => {
    connection.isClosed = true;
    for (const running of connection.running) running.cancel();
    client.close();
  };
  return { call, close };
}

function loadMethods(): Record<string, MethodDefinition<object, object>> {
  const definition = loadSync(PROTO, { longs: Number, enums: String, defaults: true });
  return definition['inference.GRPCInferenceService'] as unknown as Record<
    string,
    MethodDefinition<object, object>
  >;
}

async function callUnary<Response>(
  connection: Connection,
  method: MethodDefinition<object, object>,
  request: object,
  { deadlineMs, signal }: CallOptions,
): Promise<Response> {
  signal?.throwIfAborted();
  if (connection.isClosed) throw closedError();
  const deadline = Date.now() + checkedDeadline(deadlineMs);
  return new Promise((resolve, reject) => {
    const call = connection.client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      { deadline },
      (error, response) => {
        connection.running.delete(call);
        signal?.removeEventListener('abort', abort);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the caller's own reason
        if (signal?.aborted) reject(signal.reason);
        else if (!error) resolve(response as Response);
        else reject(connection.isClosed ? closedError() : toTritonError(error));
      },
    );
    connection.running.add(call);
    const abort = (): void => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function checkedDeadline(deadlineMs: number): number {
  if (!Number.isNaN(deadlineMs)) return Math.min(deadlineMs, LONGEST_DEADLINE_MS);
  throw new TritonError('invalid-argument', 'deadlineMs is not a number');
}

function closedError(): TritonError {
  return new TritonError('cancelled', 'the client is closed');
}
