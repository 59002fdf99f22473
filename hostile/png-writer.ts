import { constants, crc32, deflateRawSync, deflateSync } from 'node:zlib';
import { be32, concat, type Part, repeated } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';

/** First bytes of a PNG. */
export const PNG_SIGNATURE: Buffer = Buffer.from('89504e470d0a1a0a', 'hex');

/** A chunk with its length and a CRC that fits. */
export function chunk(type: string, ...parts: readonly Part[]): Buffer {
  const data = concat(...parts);
  const typed = concat(type, data);
  return concat(be32(data.length), typed, be32(crc32(typed)));
}

/** The signature and the chunks of a PNG. */
export function pngBlocks(bytes: Buffer): Block[] {
  const lengths: [string, number, boolean][] = [['signature', 8, false]];
  for (let at = 8; at < bytes.length;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const sizeBytes = 12 + bytes.readUInt32BE(at);
    lengths.push([type, sizeBytes, type === 'IDAT']);
    at += sizeBytes;
  }
  return inARow(lengths);
}

/** What an image header says. */
export interface Header {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Bits per channel. Default 8. */
  readonly bitDepth?: number;
  /** 0 grey, 2 RGB (default), 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly colourType?: number;
  readonly compression?: number;
  readonly filter?: number;
  readonly interlace?: number;
}

/** The chunk of an image header. */
export function ihdr({ widthPx, heightPx, bitDepth = 8, colourType = 2, ...rest }: Header): Buffer {
  const { compression = 0, filter = 0, interlace = 0 } = rest;
  const methods = Buffer.of(bitDepth, colourType, compression, filter, interlace);
  return chunk('IHDR', be32(widthPx), be32(heightPx), methods);
}

/** A PNG of these chunks between its header and its end. */
export function png(header: Header, ...chunks: readonly Buffer[]): Buffer {
  return concat(PNG_SIGNATURE, ihdr(header), ...chunks, chunk('IEND'));
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** The chunk of pixels that fits a header, not interlaced: every row without a filter, its bytes counting up. */
export function pixels({ widthPx, heightPx, bitDepth = 8, colourType = 2 }: Header): Buffer {
  const rowBytes = Math.ceil((widthPx * bitDepth * (CHANNELS[colourType] ?? 1)) / 8);
  const row = Uint8Array.from({ length: rowBytes + 1 }, (_, index) => (index * 7) % 256);
  const rows = Array.from({ length: heightPx }, () => row);
  return chunk('IDAT', deflateSync(Buffer.concat(rows)));
}

const ZEROS = 1 << 20;

/** `count` zeros, rounded up to whole MiB, as zlib data, without ever holding them. */
export function zlibZeros(count: number): Buffer {
  const times = Math.ceil(count / ZEROS);
  // After a full flush, a deflate stream goes on as if it began: equal pieces may be put in a row.
  const piece = deflateRawSync(Buffer.alloc(ZEROS), { finishFlush: constants.Z_FULL_FLUSH });
  const adler = ((times * ZEROS) % 65_521) * 65_536 + 1;
  return concat(0x78, 0x9c, repeated(times, piece), 0x03, 0x00, be32(adler));
}
