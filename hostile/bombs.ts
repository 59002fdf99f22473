import sharp from 'sharp';
import type { ErrorCode } from '@imagen/contracts';
import { concat, le16, le32, repeated } from './bytes.ts';
import { withExtents } from './avif.ts';
import { gif, image } from './gif-writer.ts';
import {
  type Case,
  either,
  type HostileFile,
  ofKind,
  processed,
  REFUSALS,
  refused,
} from './hostile-file.ts';
import { flatJpeg, scanBomb } from './jpeg-writer.ts';
import { chunk, pixels, png, zlibZeros } from './png-writer.ts';
import { sizeOf } from './samples.ts';
import { PIXELS_AT, TAG, tiff, type Value } from './tiff-writer.ts';
import { anmf, flatVp8l, riffChunk, VP8X_FLAGS, vp8x, webp } from './webp-writer.ts';

const MIB = 1 << 20;
const SMALL = sizeOf(40, 24);
const TOO_LARGE: readonly ErrorCode[] = ['IMAGE_TOO_LARGE'];

/** The kind of files that their headers give away: refusing them must take neither time nor memory. */
export const BOMB = 'bomb';
/** The kind of files that take work, in small files; what they take is measured. */
export const HEAVY = 'heavy';

/** Small files that become large pictures, many frames or long texts. */
export async function bombs(): Promise<HostileFile[]> {
  return [
    ...ofKind(BOMB, { ...hugePngs(), ...hugeOthers(), ...(await hugeAvifs()), ...hugeTiffs() }),
    ...ofKind(HEAVY, { ...longTexts(), ...manyFrames(), ...manyPasses(), ...largeAllowed() }),
  ];
}

/** A PNG of one bit per pixel, all black. */
function blackPng(widthPx: number, heightPx: number): Buffer {
  const rowBytes = 1 + Math.ceil(widthPx / 8);
  const header = { widthPx, heightPx, bitDepth: 1, colourType: 0 };
  return png(header, chunk('IDAT', zlibZeros(rowBytes * heightPx)));
}

function hugePngs(): Record<string, Case> {
  return {
    '50000x50000.png': refused(blackPng(50_000, 50_000), TOO_LARGE),
    'just-over-50-megapixels.png': refused(blackPng(7_072, 7_072), TOO_LARGE),
    // No result in JPEG, which an opaque picture becomes, is that high.
    '1x5000000.png': refused(blackPng(1, 5_000_000), TOO_LARGE),
    '5000000x1.png': refused(blackPng(5_000_000, 1), TOO_LARGE),
    'no-rows-7071x7071.png': refused(png({ ...sizeOf(7_071, 7_071), bitDepth: 16, colourType: 6 })),
    'over-32-MiB.jpg': refused(concat(flatJpeg(SMALL), Buffer.alloc(33 * MIB)), TOO_LARGE),
  };
}

function hugeOthers(): Record<string, Case> {
  const frame = { x: 0, y: 0, widthPx: 1, heightPx: 1 };
  const side = sizeOf(65_535, 65_535);
  // Its header alone: pixels would be gigabytes.
  const giant = concat(0x2c, le16(0), le16(0), le16(65_535), le16(65_535), 0, 7, 1, 0x81, 0);
  return {
    '65500x2000.jpg': refused(flatJpeg(sizeOf(65_500, 2_000)), TOO_LARGE),
    '65535x65535-20000-frames.gif': refused(
      gif(side, giant, repeated(20_000, image(frame))),
      TOO_LARGE,
    ),
    '16383x16383.webp': refused(webp(flatVp8l(16_383, 16_383)), TOO_LARGE),
    '16383x16383-canvas.webp': refused(
      webp(vp8x(0, 16_383, 16_383), flatVp8l(16_383, 16_383)),
      TOO_LARGE,
    ),
  };
}

async function hugeAvifs(): Promise<Record<string, Case>> {
  const [width, height] = [2_048, 2_048];
  const large = await sharp({ create: { width, height, channels: 3, background: '#786' } })
    .avif({ effort: 0, quality: 1 })
    .toBuffer();
  return {
    'ispe-64x64-of-2048x2048.avif': refused(withExtents(large, 64, 64), REFUSALS),
    'ispe-1000x1000-of-2048x2048.avif': refused(withExtents(large, 1_000, 1_000), REFUSALS),
    'ispe-7500x7500-of-2048x2048.avif': refused(withExtents(large, 7_500, 7_500), TOO_LARGE),
  };
}

/** A square grey TIFF of one deflated piece. */
function deflatedTiff(sidePx: number, data: Buffer, piece: Record<number, Value>): Buffer {
  const size = { [TAG.width]: sidePx, [TAG.height]: sidePx };
  const kind = { [TAG.bits]: 8, [TAG.compression]: 8, [TAG.photometric]: 1, [TAG.samples]: 1 };
  return tiff(data, [{ fields: { ...size, ...kind, ...piece } }]);
}

function strip(sidePx: number, data: Buffer): Buffer {
  return deflatedTiff(sidePx, data, {
    [TAG.stripOffsets]: PIXELS_AT,
    [TAG.rowsPerStrip]: sidePx,
    [TAG.stripBytes]: data.length,
  });
}

function tile(sidePx: number, tilePx: number, data: Buffer): Buffer {
  return deflatedTiff(sidePx, data, {
    [TAG.tileWidth]: tilePx,
    [TAG.tileHeight]: tilePx,
    [TAG.tileOffsets]: PIXELS_AT,
    [TAG.tileBytes]: data.length,
  });
}

function hugeTiffs(): Record<string, Case> {
  return {
    '30000x30000-deflate.tif': refused(strip(30_000, zlibZeros(900e6)), TOO_LARGE),
    '40x40-in-a-tile-of-16000x16000.tif': refused(tile(40, 16_000, zlibZeros(256e6)), REFUSALS),
    '16000x16000-in-one-tile.tif': refused(tile(16_000, 16_000, zlibZeros(256e6)), REFUSALS),
  };
}

/** A small picture with this in it, which is not needed for the result. */
function inPng(...chunks: Buffer[]): Case {
  return either(png(SMALL, ...chunks, pixels(SMALL)), SMALL);
}

function longTexts(): Record<string, Case> {
  const zeros = zlibZeros(200 * MIB);
  return {
    'iccp-of-200-MiB.png': inPng(chunk('iCCP', 'icc', 0, 0, zeros)),
    'ztxt-of-200-MiB.png': inPng(chunk('zTXt', 'Comment', 0, 0, zeros)),
    'itxt-of-200-MiB.png': inPng(chunk('iTXt', 'Comment', 0, 1, 0, 0, 0, zeros)),
    '100-ztxts-of-7-MiB.png': inPng(
      repeated(100, chunk('zTXt', 'Comment', 0, 0, zlibZeros(7 * MIB))),
    ),
  };
}

function manyFrames(): Record<string, Case> {
  const frame = { x: 0, y: 0, widthPx: 2, heightPx: 2 };
  const anim = riffChunk('ANIM', le32(0), le16(0));
  const first = anmf({ x: 0, y: 0, ...SMALL }, flatVp8l(40, 24));
  const others = repeated(5_000, anmf(frame, flatVp8l(2, 2)));
  const fields = {
    [TAG.width]: 40,
    [TAG.height]: 24,
    [TAG.bits]: 8,
    [TAG.photometric]: 1,
    [TAG.stripOffsets]: PIXELS_AT,
    [TAG.stripBytes]: 960,
  };
  const directories = Array.from({ length: 5_000 }, () => ({ fields }));
  return {
    '20000-frames.gif': refused(
      gif(SMALL, image({ x: 0, y: 0, ...SMALL }), repeated(20_000, image(frame))),
      TOO_LARGE,
    ),
    '5000-frames.gif': processed(
      gif(SMALL, image({ x: 0, y: 0, ...SMALL }), repeated(5_000, image(frame))),
      40,
      24,
    ),
    '5000-frames.webp': processed(
      webp(vp8x(VP8X_FLAGS.animation, 40, 24), anim, first, others),
      40,
      24,
    ),
    '5000-directories.tif': either(tiff(Buffer.alloc(960, 'x'), directories), SMALL),
  };
}

function manyPasses(): Record<string, Case> {
  return {
    '800-scans.jpg': either(scanBomb(1_000, 1_000, 800), sizeOf(1_000, 1_000)),
    '100-scans-of-49-megapixels.jpg': either(scanBomb(7_000, 7_000, 100)),
    '49-megapixels-progressive.jpg': either(scanBomb(7_000, 7_000, 0)),
  };
}

function largeAllowed(): Record<string, Case> {
  return {
    'just-under-50-megapixels.png': processed(blackPng(7_071, 7_071), 7_071, 7_071),
    '1x60000.png': processed(blackPng(1, 60_000), 1, 60_000),
    '60000x1.png': processed(blackPng(60_000, 1), 60_000, 1),
  };
}
