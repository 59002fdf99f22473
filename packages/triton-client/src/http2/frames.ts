/** Frames of HTTP/2: RFC 9113, sections 4, 6 and 7. */

/** Frame types. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

/** Frame flags; ACK and END_STREAM share a bit. */
export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 0x20 } as const;

/** Identifiers of settings. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
} as const;

/** Error codes of RST_STREAM and GOAWAY. */
export const ERROR_CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** What the peer did that a connection cannot go on after; its code goes into our GOAWAY. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly errorCode: number;

  constructor(errorCode: number, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** A peer that lets us send more than any window may hold. */
export function windowError(): ProtocolError {
  return new ProtocolError(ERROR_CODE.FLOW_CONTROL_ERROR, 'a window too large');
}

/** What stands before a payload. */
export interface FrameHead {
  /** Bytes of the payload, padding included. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  /** 0: the connection. */
  readonly streamId: number;
}

export const HEAD_BYTES = 9;
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** A peer's limit before it says another. */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;
export const DEFAULT_WINDOW_BYTES = 65_535;
export const MAX_WINDOW_BYTES: number = 2 ** 31 - 1;

/** The head of a frame, from {@link HEAD_BYTES} bytes. */
export function readHead(bytes: Buffer): FrameHead {
  return {
    length: bytes.readUIntBE(0, 3),
    type: bytes[3] ?? 0,
    flags: bytes[4] ?? 0,
    streamId: bytes.readUInt32BE(5) & 0x7f_ff_ff_ff,
  };
}

/** A frame with `payload`, or its head alone where the payload of `length` bytes follows. */
export function frame(
  head: Omit<FrameHead, 'length'> & { length?: number },
  payload?: Buffer,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + (payload?.length ?? 0));
  bytes.writeUIntBE(payload?.length ?? head.length ?? 0, 0, 3);
  bytes[3] = head.type;
  bytes[4] = head.flags;
  bytes.writeUInt32BE(head.streamId, 5);
  payload?.copy(bytes, HEAD_BYTES);
  return bytes;
}

/** A SETTINGS frame. */
export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame({ type: FRAME.SETTINGS, flags: 0, streamId: 0 }, payload);
}

/** Lets the peer send `bytes` more on a stream, or on the connection: stream 0. */
export function windowUpdateFrame(streamId: number, bytes: number): Buffer {
  return frame({ type: FRAME.WINDOW_UPDATE, flags: 0, streamId }, uint32(bytes));
}

/** Ends a stream at once. */
export function resetFrame(streamId: number, errorCode: number): Buffer {
  return frame({ type: FRAME.RST_STREAM, flags: 0, streamId }, uint32(errorCode));
}

/** Says that this side ends the connection; it has taken no stream of the peer. */
export function goAwayFrame(errorCode: number): Buffer {
  const payload = Buffer.concat([uint32(0), uint32(errorCode)]);
  return frame({ type: FRAME.GOAWAY, flags: 0, streamId: 0 }, payload);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
