import {
  type MethodDefinition,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type handleBidiStreamingCall,
  type handleUnaryCall,
  status,
} from '@grpc/grpc-js';
import { MAX_ACK_REQUEST_BYTES, MAX_REQUEST_BYTES } from './limits.ts';
import { RpcError, invalidArgument, unimplemented } from './rpc-error.ts';

/** Answers one request. `cancelled` fires when the caller has gone or its deadline has passed. */
export type UnaryHandler = (request: never, cancelled: AbortSignal) => object | Promise<object>;

/** The server's end of an open stream. */
export interface StreamHandler {
  /** A request; throws RpcError to end the stream with it. */
  request(request: never): void;
  /** The caller reads again, after {@link StreamSink.send} returned false. */
  drained(): void;
  /** The stream is over: no request will come, and nothing may be sent. */
  closed(): void;
}

/** The caller's end of an open stream. */
export interface StreamSink {
  /** False: the caller is not reading fast enough; hold back until {@link StreamHandler.drained}. */
  send(response: object): boolean;
  end(error: RpcError): void;
}

/** Opens a stream. */
type StreamOpener = (sink: StreamSink) => StreamHandler;

/** What serves a service, by method name; the rest answers UNIMPLEMENTED. */
export interface Handlers {
  readonly unary: Readonly<Record<string, UnaryHandler>>;
  readonly streaming?: Readonly<Record<string, StreamOpener>>;
}

/** Stands around every unary RPC: answers it by calling `proceed`, or in its own way. */
export type Interceptor = (
  rpc: string,
  request: object,
  proceed: () => Promise<object>,
) => Promise<object>;

type Method = MethodDefinition<object, object>;

/** Adds a service. Every request of every RPC passes through here, still as bytes. */
export function serve(
  server: Server,
  service: ServiceDefinition,
  handlers: Handlers,
  intercept: Interceptor,
): void {
  const raw: Record<string, MethodDefinition<Buffer, object>> = {};
  const implementation: Record<
    string,
    handleUnaryCall<Buffer, object> | handleBidiStreamingCall<Buffer, object>
  > = {};
  for (const [name, method] of Object.entries<Method>(service)) {
    raw[name] = {
      ...method,
      requestSerialize: (bytes) => bytes,
      requestDeserialize: (bytes) => bytes,
    };
    const opener = handlers.streaming?.[name];
    const handler = handlers.unary[name] ?? (() => Promise.reject(unimplemented(`Method ${name}`)));
    implementation[name] = opener
      ? streamingMethod(method, opener)
      : unaryMethod(method, async (call) =>
          intercept(name, call.request, async () => handler(call.request, call.cancelled)),
        );
  }
  server.addService(raw, implementation);
}

interface Call {
  readonly request: never;
  readonly cancelled: AbortSignal;
}

function unaryMethod(
  method: Method,
  handle: (call: Call) => Promise<object>,
): handleUnaryCall<Buffer, object> {
  return (call, respond) => {
    answer(method, handle, call).then(
      (response) => respond(null, response),
      (error: unknown) => respond(asRpcError(error)),
    );
  };
}

async function answer(
  method: Method,
  handle: (call: Call) => Promise<object>,
  call: ServerUnaryCall<Buffer, object>,
): Promise<object> {
  const request = decode(method, call.request);
  const controller = new AbortController();
  call.on('cancelled', () => controller.abort());
  return handle({ request, cancelled: controller.signal });
}

function streamingMethod(
  method: Method,
  opener: StreamOpener,
): handleBidiStreamingCall<Buffer, object> {
  return (call: ServerDuplexStream<Buffer, object>) => {
    const end = (error: RpcError) => call.emit('error', error);
    const stream = opener({ send: (response) => call.write(response), end });
    call.on('data', (bytes: Buffer) => {
      try {
        stream.request(decode(method, bytes));
      } catch (error) {
        stream.closed();
        end(asRpcError(error));
      }
    });
    call.on('drain', () => stream.drained());
    call.on('cancelled', () => stream.closed());
    call.on('end', () => {
      stream.closed();
      call.end();
    });
  };
}

/** Size is checked before anything is parsed. */
function decode(method: Method, bytes: Buffer): never {
  const maxBytes = /\/(Acknowledge|ModifyAckDeadline)$/.test(method.path)
    ? MAX_ACK_REQUEST_BYTES
    : MAX_REQUEST_BYTES;
  if (bytes.length > maxBytes) {
    throw invalidArgument(
      `Request payload size exceeds the limit: ${bytes.length} of ${maxBytes} bytes. Send several smaller requests.`,
    );
  }
  try {
    // Each handler declares the message type that the .proto gives its method.
    return method.requestDeserialize(bytes) as never;
  } catch (error) {
    throw invalidArgument(`Not a protobuf message of ${method.path}: ${String(error)}`);
  }
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(status.INTERNAL, `A defect of the local Pub/Sub server: ${String(error)}`);
}
