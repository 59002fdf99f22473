/**
 * Decodes the Huffman code of HPACK, RFC 7541 appendix B. The code is canonical: codes of one length are consecutive, in
 * the order of their symbols. So the symbols by the length of their code say it all.
 */

/** Code length in bits, and the octets that have one of it, ascending; 256 is the end of a string. */
const SYMBOLS: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [5, octets('012aceiost')],
  [6, octets(' %-./3456789=A_bdfghlmnpru')],
  [7, octets(':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz')],
  [8, octets('&*,;XZ')],
  [10, octets('!"()?')],
  [11, octets("'+|")],
  [12, octets('#>')],
  [13, octets('\0$@[]~')],
  [14, octets('^}')],
  [15, octets('<`{')],
  [19, [92, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [
    22,
    [
      129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187,
      189, 190, 196, 198, 228, 232, 233,
    ],
  ],
  [
    23,
    [
      1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168,
      174, 175, 180, 182, 183, 188, 191, 197, 231, 239,
    ],
  ],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [
    27,
    [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254],
  ],
  [
    28,
    [
      2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30,
      31, 127, 220, 249,
    ],
  ],
  [30, [10, 13, 22, 256]],
];

const END_OF_STRING = 256;

/** By code length in bits: the symbols whose code has it. */
const BY_LENGTH: readonly (readonly number[])[] = Array.from(
  { length: 31 },
  (_, bits) => SYMBOLS.find(([of]) => of === bits)?.[1] ?? [],
);

/** The string, one character per octet; undefined where `bytes` are not its code. */
export function decodeHuffman(bytes: Uint8Array): string | undefined {
  const decoded: number[] = [];
  /** The bits of the code so far, how many they are, and the first code of that length. */
  let [code, length, first] = [0, 0, 0];
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    code = (code << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    length += 1;
    first <<= 1;
    const symbols = BY_LENGTH[length] ?? [];
    const symbol = symbols[code - first];
    if (symbol === END_OF_STRING) return undefined;
    if (symbol === undefined) {
      first += symbols.length;
    } else {
      decoded.push(symbol);
      [code, length, first] = [0, 0, 0];
    }
  }
  // The last octet is filled up with ones, less than a whole octet of them.
  const isPadding = length < 8 && code === (1 << length) - 1;
  return isPadding ? Buffer.from(decoded).toString('latin1') : undefined;
}

function octets(characters: string): number[] {
  return [...Buffer.from(characters, 'latin1')];
}
