/** A piece of a file: one byte, ASCII text or bytes. */
export type Part = number | string | Uint8Array;

/** Puts pieces together. Text becomes one byte per character. */
export function concat(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    }),
  );
}

/** Whole numbers in so many bytes, the highest byte first. */
export const be16 = (value: number): Buffer => bigEndian(value, 2);
/** As {@link be16}. */
export const be32 = (value: number): Buffer => bigEndian(value, 4);
/** Whole numbers in so many bytes, the lowest byte first. */
export const le16 = (value: number): Buffer => littleEndian(value, 2);
/** As {@link le16}. */
export const le24 = (value: number): Buffer => littleEndian(value, 3);
/** As {@link le16}. */
export const le32 = (value: number): Buffer => littleEndian(value, 4);

function bigEndian(value: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUIntBE(value, 0, sizeBytes);
  return bytes;
}

function littleEndian(value: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.writeUIntLE(value, 0, sizeBytes);
  return bytes;
}

/** A copy with other bytes from `at` on. */
export function patched(bytes: Uint8Array, at: number, ...parts: readonly Part[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(concat(...parts), at);
  return copy;
}

/** A copy without `[at, at + removed)`, with the parts in its place. */
export function spliced(
  bytes: Uint8Array,
  at: number,
  removed: number,
  ...parts: readonly Part[]
): Buffer {
  return concat(bytes.subarray(0, at), ...parts, bytes.subarray(at + removed));
}

/** The same bytes so many times. */
export function repeated(times: number, bytes: Uint8Array): Buffer {
  return Buffer.alloc(times * bytes.length, bytes);
}

/** The lowest bit first, as WebP lossless and GIF pack them. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #used = 0;

  /** Appends the `width` low bits of `value`. */
  write(value: number, width: number): this {
    for (let bit = 0; bit < width; bit++) {
      if (this.#used % 8 === 0) this.#bytes.push(0);
      const isSet = (value >>> bit) & 1;
      this.#bytes[this.#bytes.length - 1]! |= isSet << (this.#used % 8);
      this.#used += 1;
    }
    return this;
  }

  /** What was written, the last byte filled with zeros. */
  get bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }
}
