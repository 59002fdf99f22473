/** Status codes of gRPC, https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
export const STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The status that a call ended with, from the server or from its connection. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  /** One of {@link STATUS}, or what else the server sent. */
  readonly code: number;
  /** The server's own words; may be empty. */
  readonly details: string;

  constructor(code: number, details: string) {
    const name = Object.entries(STATUS).find(([, value]) => value === code)?.[0] ?? 'UNKNOWN';
    super(`${code} ${name}: ${details}`);
    this.code = code;
    this.details = details;
  }
}

/** What becomes of a call whose connection is of no use. */
export function unavailable(details: string): GrpcError {
  return new GrpcError(STATUS.UNAVAILABLE, details);
}

/** What an HTTP status without a gRPC status means: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md. */
const HTTP_STATUS: Readonly<Record<string, number>> = {
  400: STATUS.INTERNAL,
  401: STATUS.UNAUTHENTICATED,
  403: STATUS.PERMISSION_DENIED,
  404: STATUS.UNIMPLEMENTED,
  429: STATUS.UNAVAILABLE,
  502: STATUS.UNAVAILABLE,
  503: STATUS.UNAVAILABLE,
  504: STATUS.UNAVAILABLE,
};

/** An answer that does not come from a gRPC server. */
export function httpError(status: string | undefined): GrpcError {
  const code = HTTP_STATUS[status ?? ''] ?? STATUS.UNKNOWN;
  return new GrpcError(code, `Received HTTP status code ${status ?? 'none'}`);
}

/** Error codes of RST_STREAM that mean something to gRPC: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. */
const RESETS: Readonly<Record<number, readonly [code: number, details: string]>> = {
  7: [STATUS.UNAVAILABLE, 'Stream refused by server'],
  8: [STATUS.CANCELLED, 'Call cancelled'],
  11: [STATUS.RESOURCE_EXHAUSTED, 'Bandwidth exhausted or memory limit exceeded'],
  12: [STATUS.PERMISSION_DENIED, 'Protocol not secure enough'],
};

/** A stream that the server reset with this HTTP/2 error code. */
export function resetError(errorCode: number): GrpcError {
  const [code, details] = RESETS[errorCode] ?? [
    STATUS.INTERNAL,
    `Received RST_STREAM with code ${errorCode}`,
  ];
  return new GrpcError(code, details);
}
