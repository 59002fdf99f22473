/** Stretches of equal bytes, found four at a time. */
export class Runs {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;

  /** @param bytes at the beginning of a buffer; may change later */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  }

  /** Where the run of equal bytes that begins at `from` ends, at most at `to`. */
  end(from: number, to: number): number {
    const bytes = this.#bytes;
    const words = this.#words;
    const value = bytes[from]!;
    const word = Math.imul(value, 0x01010101);
    let end = from + 1;
    while (end < to && bytes[end] === value) {
      if ((end & 3) === 0) while (end + 4 <= to && words[end >> 2] === word) end += 4;
      if (end < to && bytes[end] === value) end += 1;
    }
    return end;
  }
}
