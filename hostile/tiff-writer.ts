import { be16, be32, concat, le16, le32 } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';

/** Numbers of tags that the corpus uses, from the TIFF 6.0 specification. */
export const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  subIfds: 330,
  extraSamples: 338,
  sampleFormat: 339,
  exifIfd: 34_665,
  icc: 34_675,
} as const;

/** A field's values: small whole numbers go into shorts, larger ones into longs, text and bytes stay what they are. */
export type Value = number | readonly number[] | string | Uint8Array;
/** A field as it stands in a directory, whatever it says. */
interface RawField {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Value, or offset of the values. */
  readonly value: number;
}

/** One directory: fields by tag, in the order of tags, and raw ones behind them. */
export interface Ifd {
  readonly fields: Readonly<Record<number, Value>>;
  readonly raw?: readonly RawField[];
}

/** Writes numbers in the file's byte order. */
interface Order {
  readonly mark: string;
  readonly u16: (value: number) => Buffer;
  readonly u32: (value: number) => Buffer;
}

const ORDERS = {
  little: { mark: 'II', u16: le16, u32: le32 },
  big: { mark: 'MM', u16: be16, u32: be32 },
} as const satisfies Record<string, Order>;

/** Offset of what follows the header: pixels. */
export const PIXELS_AT = 8;

/** How a TIFF is put together. */
export interface TiffOptions {
  readonly order?: keyof typeof ORDERS;
  /** Offset of the directory that follows the last one. Default 0: there is none. */
  readonly next?: number;
  /** Where the data begins, behind the directories. By default these come last. */
  readonly dataAt?: number;
}

/** A TIFF: header, data (at {@link PIXELS_AT}), then its directories, each with its long values behind it. */
export function tiff(data: Uint8Array, ifds: readonly Ifd[], options: TiffOptions = {}): Buffer {
  const { next = 0, dataAt } = options;
  const order = ORDERS[options.order ?? 'little'];
  const padded = concat(data, Buffer.alloc(data.length % 2));
  const directoriesAt = PIXELS_AT + (dataAt === undefined ? padded.length : 0);
  let at = directoriesAt;
  const directories = ifds.map((ifd, index) => {
    const bytes = directory(ifd, at, order, index === ifds.length - 1 ? next : undefined);
    at += bytes.length;
    return bytes;
  });
  const head = concat(order.mark, order.u16(42), order.u32(directoriesAt));
  if (dataAt === undefined) return concat(head, padded, ...directories);
  return concat(head, ...directories, Buffer.alloc(dataAt - at), padded);
}

/** @param next offset of the next directory; undefined: right behind this one */
function directory(
  { fields, raw = [] }: Ifd,
  at: number,
  { u16, u32 }: Order,
  next: number | undefined,
): Buffer {
  const written = Object.entries(fields);
  const count = written.length + raw.length;
  let valuesAt = at + 2 + 12 * count + 4;
  const values: Buffer[] = [];
  const entries = written.map(([tag, value]) => {
    const { type, items, bytes } = coded(value, u16, u32);
    const head = [u16(Number(tag)), u16(type), u32(items)];
    if (bytes.length <= 4) return concat(...head, bytes, Buffer.alloc(4 - bytes.length));
    const offset = u32(valuesAt);
    const even = concat(bytes, Buffer.alloc(bytes.length % 2));
    values.push(even);
    valuesAt += even.length;
    return concat(...head, offset);
  });
  const rest = raw.map(({ tag, type, count: items, value }) =>
    concat(u16(tag), u16(type), u32(items), u32(value)),
  );
  return concat(u16(count), ...entries, ...rest, u32(next ?? valuesAt), ...values);
}

function coded(value: Value, u16: Order['u16'], u32: Order['u32']) {
  if (typeof value === 'string') {
    return { type: 2, items: value.length + 1, bytes: concat(value, 0) };
  }
  if (value instanceof Uint8Array) return { type: 7, items: value.length, bytes: value };
  const numbers = typeof value === 'number' ? [value] : value;
  const isLong = numbers.some((number) => number > 0xffff);
  const bytes = concat(...numbers.map(isLong ? u32 : u16));
  return { type: isLong ? 4 : 3, items: numbers.length, bytes };
}

/** Header, directory, and every strip or tile of a TIFF whose data begins at `dataAt`. */
export function tiffBlocks(dataAt: number, pieces: number, pieceBytes: number): Block[] {
  const pixels = Array.from({ length: pieces }, () => ['piece', pieceBytes, true] as const);
  return inARow([['header', PIXELS_AT], ['directory', dataAt - PIXELS_AT], ...pixels]);
}
