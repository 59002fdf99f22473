/** Header compression of HTTP/2, RFC 7541, without a dynamic table on either side. */
import { ERROR_CODE, ProtocolError } from './frames.ts';
import { decodeHuffman } from './huffman.ts';

/** The static table, RFC 7541 appendix A, from index 1 on. */
const STATIC_TABLE: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((code) => [':status', code] as const),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...[
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control',
    'content-disposition content-encoding content-language content-length content-location content-range content-type',
    'cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since',
    'last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after',
    'server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate',
  ].flatMap((names) => names.split(' ').map((name) => [name, ''] as const)),
];

/** Empties the peer's table for our headers; must come first after the peer has changed its limit. */
const TABLE_SIZE_0 = Buffer.of(0x20);

/** Encodes headers as indices of the static table and plain literals. */
export function encodeHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): Buffer {
  const fields = headers.map(([name, value]) => {
    const isField = ([n, v]: readonly [string, string]): boolean => n === name && v === value;
    const index = STATIC_TABLE.findIndex(isField) + 1;
    if (index > 0) return Buffer.of(0x80 | index);
    return Buffer.concat([Buffer.of(0), encodeString(name), encodeString(value)]);
  });
  return Buffer.concat([TABLE_SIZE_0, ...fields]);
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 0x7f) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [0x7f];
  let rest = bytes.length - 0x7f;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest % 0x80) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/**
 * Decodes a whole header block; of a name that comes twice the last value. Octets become characters one by one.
 * @throws ProtocolError COMPRESSION_ERROR
 */
export function decodeHeaders(block: Buffer): Map<string, string> {
  const reader = new BlockReader(block);
  const headers = new Map<string, string>();
  while (!reader.atEnd) {
    const [name, value] = readField(reader) ?? [];
    if (name !== undefined && value !== undefined) headers.set(name, value);
  }
  return headers;
}

/** The next field, or undefined for a new size of the table. Whatever is to be put into the table is out of it at once. */
function readField(reader: BlockReader): readonly [name: string, value: string] | undefined {
  const first = reader.peek();
  if (first >= 0x80) return tableEntry(reader.integer(7));
  if (first >= 0x40) return readLiteral(reader, reader.integer(6));
  if (first < 0x20) return readLiteral(reader, reader.integer(4));
  if (reader.integer(5) !== 0) throw broken('a table that we do not have');
  return undefined;
}

function readLiteral(reader: BlockReader, nameIndex: number): readonly [string, string] {
  const name = nameIndex === 0 ? reader.string() : tableEntry(nameIndex)[0];
  return [name, reader.string()];
}

function tableEntry(index: number): readonly [name: string, value: string] {
  const entry = STATIC_TABLE[index - 1];
  if (!entry) throw broken(`no table entry ${index}`);
  return entry;
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get atEnd(): boolean {
    return this.#at >= this.#block.length;
  }

  peek(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw broken('the block ends early');
    return byte;
  }

  /** An integer that begins in the low `prefixBits` of the next octet: RFC 7541, section 5.1. */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.peek() & mask;
    this.#at += 1;
    if (value < mask) return value;
    // Four more octets hold more than any block has bytes.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.peek();
      this.#at += 1;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken('an integer too long');
  }

  string(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw broken('a string too long');
    this.#at += length;
    const text = isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1');
    if (text === undefined) throw broken('no Huffman code');
    return text;
  }
}

function broken(what: string): ProtocolError {
  return new ProtocolError(ERROR_CODE.COMPRESSION_ERROR, `header block: ${what}`);
}
