import type { Size } from '../packages/worker/src/image/raster.ts';
import { BitWriter, concat, le16 } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';

/** Where a frame lies on the screen. */
export interface Frame extends Size {
  readonly x: number;
  readonly y: number;
}

/** Bits of a colour's index. One more with the two control codes; a table that is cleared in time never grows. */
const INDEX_BITS = 7;
const CLEAR = 1 << INDEX_BITS;
const CLEAR_EVERY = 100;

/** A GIF of these blocks, on a screen of this size, with a palette of 128 colours. */
export function gif({ widthPx, heightPx }: Size, ...blocks: readonly Buffer[]): Buffer {
  const palette = Uint8Array.from({ length: 3 * CLEAR }, (_, index) => index % 256);
  const screen = [le16(widthPx), le16(heightPx), 0xf0 | (INDEX_BITS - 1), 0, 0];
  return concat('GIF89a', ...screen, palette, ...blocks, 0x3b);
}

/** A frame, its colours counting up. */
export function image({ x, y, widthPx, heightPx }: Frame): Buffer {
  const codes = new BitWriter();
  for (let pixel = 0; pixel < widthPx * heightPx; pixel++) {
    if (pixel % CLEAR_EVERY === 0) codes.write(CLEAR, INDEX_BITS + 1);
    codes.write(pixel % CLEAR, INDEX_BITS + 1);
  }
  const { bytes } = codes.write(CLEAR + 1, INDEX_BITS + 1);
  const place = [le16(x), le16(y), le16(widthPx), le16(heightPx), 0];
  return concat(0x2c, ...place, INDEX_BITS, ...subBlocks(bytes), 0);
}

function subBlocks(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / 255) }, (_, index) => {
    const part = bytes.subarray(index * 255, (index + 1) * 255);
    return concat(part.length, part);
  });
}

/** The blocks of a GIF; a frame's header, its palette included, and its data apart. Pixels are those of the first frame. */
export function gifBlocks(bytes: Buffer): Block[] {
  const lengths: [string, number, boolean][] = [['screen', 13 + paletteBytes(bytes[10]!), false]];
  let at = 13 + paletteBytes(bytes[10]!);
  let frames = 0;
  const enter = (name: string, sizeBytes: number, isPixels = false): void => {
    lengths.push([name, sizeBytes, isPixels]);
    at += sizeBytes;
  };
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      enter('extension', subBlocksEnd(bytes, at + 2) - at);
      continue;
    }
    enter('frame', 10 + paletteBytes(bytes[at + 9]!));
    frames += 1;
    enter('pixels', subBlocksEnd(bytes, at + 1) - at, frames === 1);
  }
  enter('trailer', bytes.length - at);
  return inARow(lengths);
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function subBlocksEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] !== 0) at += 1 + bytes[at]!;
  return at + 1;
}
