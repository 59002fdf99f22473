/** A field of a protobuf message in its wire format (protobuf.dev/programming-guides/encoding). */
export interface Field {
  readonly number: number;
  /** The whole field, tag included: joined in order, the fields of a message are the message. */
  readonly bytes: Buffer;
  /** What a varint says, 0 in other fields. */
  readonly value: number;
  /** What a string, bytes or message field holds, empty in other fields. */
  readonly payload: Buffer;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** Bytes that follow the tag of a field of fixed length, by wire type. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a message, in order. @throws RangeError where the bytes are none */
export function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start < message.length; start = start + fields.at(-1)!.bytes.length) {
    fields.push(fieldAt(message, start));
  }
  return fields;
}

function fieldAt(message: Buffer, start: number): Field {
  const [tag, at] = readVarint(message, start);
  const [number, wireType] = [tag >>> 3, tag & 7];
  let [value, from, to] = [0, at, at + (FIXED_BYTES[wireType] ?? Infinity)];
  if (wireType === VARINT) [value, to] = readVarint(message, at);
  if (wireType === LENGTH_DELIMITED) {
    const [length, begin] = readVarint(message, at);
    [from, to] = [begin, begin + length];
  }
  if (to > message.length) throw new RangeError(`no protobuf field at byte ${start}`);
  const payload = message.subarray(from, wireType === LENGTH_DELIMITED ? to : from);
  return { number, bytes: message.subarray(start, to), value, payload };
}

/** The number at `start`, and where it ends. Numbers of 2^53 and more lose their last digits. */
function readVarint(message: Buffer, start: number): [value: number, end: number] {
  let [value, at] = [0, start];
  for (let weight = 1; ; weight *= 128) {
    const byte = message[at++];
    if (byte === undefined) throw new RangeError(`no number at byte ${start}`);
    value += (byte & 127) * weight;
    if (byte < 128) return [value, at];
  }
}

/** A field that holds a string, or the parts of a message. */
export function lengthDelimited(number: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const payload = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
  );
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(payload.length), payload]);
}

/** A field that holds a whole number. */
export function wholeNumber(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
  }
  return Buffer.from(bytes);
}

/**
 * The message with what stands at the end of a path of field numbers changed, wherever it stands. A field whose change is
 * undefined is left out.
 */
export function rewrite(
  message: Buffer,
  [number, ...deeper]: readonly number[],
  change: (payload: Buffer) => Buffer | undefined,
): Buffer {
  const fields = fieldsOf(message).map((field) => {
    if (field.number !== number) return field.bytes;
    const { payload } = field;
    const changed = deeper.length > 0 ? rewrite(payload, deeper, change) : change(payload);
    return changed ? lengthDelimited(number, changed) : Buffer.alloc(0);
  });
  return Buffer.concat(fields);
}
