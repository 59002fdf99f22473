/** A refusal in Cloud Storage's terms: an HTTP status, a reason that clients switch on, a message for people. */
export class StorageError extends Error {
  /** HTTP status of the answer. */
  readonly status: number;
  /** `errors[0].reason` of the JSON body, for example `notFound`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'StorageError';
    this.status = status;
    this.reason = reason;
  }
}

/** 404: `what` (a bucket, object or upload) is not there. */
export function notFound(what: string): StorageError {
  return new StorageError(404, 'notFound', `Not found: ${what}`);
}

/** 400: the request itself is wrong. */
export function invalid(message: string): StorageError {
  return new StorageError(400, 'invalid', message);
}

/** 413: more bytes than this server takes. */
export function tooLarge(sizeBytes: number, maxBytes: number): StorageError {
  return new StorageError(
    413,
    'uploadTooLarge',
    `${sizeBytes} bytes are too large: this server takes at most ${maxBytes} here (objects: its option maxObjectBytes)`,
  );
}

/** The JSON body that Cloud Storage sends with an error, in the shape that all its clients parse. */
export function errorBody(error: StorageError): string {
  const { status: code, reason, message } = error;
  return JSON.stringify({
    error: { code, message, errors: [{ domain: 'global', reason, message }] },
  });
}
