import { BitWriter, concat, le24, le32, type Part } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';

/** A RIFF chunk, padded to an even length. */
export function riffChunk(type: string, ...parts: readonly Part[]): Buffer {
  const data = concat(...parts);
  return concat(type, le32(data.length), data, Buffer.alloc(data.length % 2));
}

/** A WebP file of these chunks. */
export function webp(...chunks: readonly Buffer[]): Buffer {
  const body = concat('WEBP', ...chunks);
  return concat('RIFF', le32(body.length), body);
}

const PIXEL_CHUNKS: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'ALPH']);

/** The chunks of a WebP; a frame's own chunks are blocks of their own. Pixels are those of the first picture. */
export function webpBlocks(bytes: Buffer): Block[] {
  const lengths: [string, number, boolean][] = [['RIFF', 12, false]];
  let frames = 0;
  for (let at = 12; at < bytes.length;) {
    const type = bytes.toString('latin1', at, at + 4);
    const dataBytes = bytes.readUInt32LE(at + 4);
    if (type === 'ANMF') frames += 1;
    const sizeBytes = type === 'ANMF' ? 24 : 8 + dataBytes + (dataBytes % 2);
    lengths.push([type, sizeBytes, PIXEL_CHUNKS.has(type) && frames < 2]);
    at += sizeBytes;
  }
  return inARow(lengths);
}

/** What an extended header can announce. */
export const VP8X_FLAGS = { animation: 0x02, xmp: 0x04, exif: 0x08, alpha: 0x10, icc: 0x20 };

/** The extended header, of a canvas of this size. */
export function vp8x(flags: number, widthPx: number, heightPx: number): Buffer {
  return riffChunk('VP8X', flags, 0, 0, 0, le24(widthPx - 1), le24(heightPx - 1));
}

/** A frame of an animation, at `x`, `y`, which must be even. */
export function anmf(
  { x, y, widthPx, heightPx }: { x: number; y: number; widthPx: number; heightPx: number },
  ...chunks: readonly Buffer[]
): Buffer {
  const place = [le24(x / 2), le24(y / 2), le24(widthPx - 1), le24(heightPx - 1)];
  return riffChunk('ANMF', ...place, le24(40), 0, ...chunks);
}

/** The chunk of a lossless picture of one colour: a few bytes, however large. At most 16,384 pixels per side. */
export function flatVp8l(widthPx: number, heightPx: number): Buffer {
  const bits = new BitWriter()
    .write(0x2f, 8)
    .write(widthPx - 1, 14)
    .write(heightPx - 1, 14)
    // No alpha, version 0; no transform, no colour cache, one group of codes.
    .write(0, 1 + 3 + 3);
  // Five codes of one symbol each: green, red, blue, alpha, distance. They take no bits in the data.
  for (const symbol of [120, 90, 60, 255, 0]) bits.write(0b101, 3).write(symbol, 8);
  // Readers want to see data.
  return riffChunk('VP8L', bits.bytes, Buffer.alloc(8));
}
