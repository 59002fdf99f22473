import type { OutputFormat } from '@imagen/contracts';
import sharp, { type Sharp } from 'sharp';
import { JobError } from '../errors.ts';
import { fromRgba, type Picture, toRgba } from './picture.ts';
import type { Raster, Size } from './raster.ts';
import { formatOf, notesOn, type SourceFormat, unsupportedFormat } from './source-header.ts';

/** Largest source, in bytes (32 MiB). */
export const MAX_SOURCE_BYTES: number = 32 * 1024 * 1024;
/** Most pixels a source may have (50 megapixels). */
const MAX_SOURCE_PIXELS = 50e6;
const SOURCE_OPTIONS = { limitInputPixels: MAX_SOURCE_PIXELS, failOn: 'error' } as const;
/** Two batches of tiles in flight, ×4 results included. */
const FIXED_BYTES = 64 * 1024 * 1024;
/** Of a source pixel: RGBA from the decoder, colour, alpha, bled colour, and what libvips holds meanwhile. */
const BYTES_PER_PIXEL = 16;
/** Of a result pixel: colour, with alpha for the encoder. */
const BYTES_PER_RESULT_PIXEL = 8;
/** Longest a decoder may work, in seconds. */
const DECODE_LIMIT_S = 30;

// A worker's memory and cores belong to its slots, not to libvips' cache and threads.
sharp.cache(false);
sharp.concurrency(1);
// Every loader is attack surface: only those of the formats we promise stay on.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map(
    (loader) => `VipsForeignLoad${loader}Buffer`,
  ),
});

/** A decoded source. */
export interface Decoded extends Size {
  readonly picture: Picture;
  readonly format: SourceFormat;
  /** What decoding changed or left out, for the record. */
  readonly notes: readonly string[];
}

/** An encoded result. */
export interface Encoded extends Size {
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
  /** Media type, e.g. `image/png`. */
  readonly contentType: string;
  /** What the format could not keep, for the record. */
  readonly notes: readonly string[];
}

/** How to encode. Default format: PNG for a picture with alpha or a grey one, else JPEG. */
export interface OutputOptions {
  readonly format?: OutputFormat | undefined;
  /** 1–100, without effect on PNG. Default: 90, for AVIF 60. */
  readonly quality?: number | undefined;
}

/** Settings measured for speed at equal looks: they save up to 25 times the CPU for at most 18 % more bytes. */
const ENCODERS: Readonly<Record<OutputFormat, (image: Sharp, quality?: number) => Sharp>> = {
  jpeg: (image, quality = 90) => image.jpeg({ quality, optimiseCoding: false }),
  png: (image) => image.png({ adaptiveFiltering: true, compressionLevel: 2 }),
  webp: (image, quality = 90) => image.webp({ quality, effort: 2 }),
  avif: (image, quality = 60) => image.avif({ quality, effort: 0 }),
};

/** Longest side that each format, or libvips' writer of it, can hold. */
const MAX_SIDE_PX: Readonly<Record<OutputFormat, number>> = {
  jpeg: 65_500,
  png: 2 ** 31 - 1,
  webp: 16_383,
  avif: 16_384,
};

/**
 * Width and height of a source, from its header.
 * @throws JobError as {@link decode}
 */
export async function measure(bytes: Uint8Array): Promise<Size> {
  checkBytes(bytes);
  try {
    const { width, height } = await sharp(bytes, SOURCE_OPTIONS).metadata();
    return { widthPx: width, heightPx: height };
  } catch (error) {
    throw decodingError(error, bytes);
  }
}

/** Memory that a job takes for pixels at most: decoded, taken apart, in tiles, stitched `scale` times as large, encoded. */
export function bytesNeeded({ widthPx, heightPx }: Size, scale: number): number {
  return FIXED_BYTES + widthPx * heightPx * (BYTES_PER_PIXEL + BYTES_PER_RESULT_PIXEL * scale ** 2);
}

/**
 * Decodes a source to 8-bit sRGB, upright, alpha apart. Of several frames or pages the first is taken.
 * @throws JobError IMAGE_TOO_LARGE, UNSUPPORTED_FORMAT, UNDECODABLE_IMAGE; the reason of `signal`
 */
export async function decode(bytes: Uint8Array, signal?: AbortSignal): Promise<Decoded> {
  checkBytes(bytes);
  try {
    const metadata = await sharp(bytes, SOURCE_OPTIONS).metadata();
    const format = formatOf(metadata);
    signal?.throwIfAborted();
    const { data, info } = await sharp(bytes, SOURCE_OPTIONS)
      .timeout({ seconds: DECODE_LIMIT_S })
      .autoOrient()
      .raw()
      .toBuffer({ resolveWithObject: true });
    signal?.throwIfAborted();
    const size = { widthPx: info.width, heightPx: info.height };
    const picture =
      info.channels === 4
        ? fromRgba(data, size)
        : { rgb: { data: plainBytes(data), ...size, channels: 3 as const } };
    return { picture, format, ...size, notes: notesOn(metadata) };
  } catch (error) {
    if (error === signal?.reason) throw error;
    throw decodingError(error, bytes);
  }
}

/**
 * Encodes a picture, tagged sRGB; a grey one in one channel, untagged. Where the format has no transparency the picture
 * is put on white.
 * @throws JobError IMAGE_TOO_LARGE when a side is longer than the format can hold
 */
export async function encode(picture: Picture, options: OutputOptions = {}): Promise<Encoded> {
  const { rgb, alpha } = picture;
  const { widthPx, heightPx } = rgb;
  const isGrey = rgb.channels === 1;
  const format = options.format ?? (alpha || isGrey ? 'png' : 'jpeg');
  checkSides(rgb, format);
  const isFlattened = alpha !== undefined && format === 'jpeg';
  const image = fromPicture(picture);
  if (isFlattened) image.flatten({ background: 'white' });
  if (isGrey) image.toColourspace('b-w');
  else image.withIccProfile('srgb');
  return {
    bytes: await ENCODERS[format](image, options.quality).toBuffer(),
    format,
    contentType: `image/${format}`,
    widthPx,
    heightPx,
    notes: isFlattened ? ['transparency put on white: jpeg has none'] : [],
  };
}

function checkBytes(bytes: Uint8Array): void {
  if (bytes.length <= MAX_SOURCE_BYTES) return;
  throw new JobError(
    'IMAGE_TOO_LARGE',
    `the source has ${bytes.length} bytes, at most ${MAX_SOURCE_BYTES} are allowed; send a smaller file`,
  );
}

function checkSides({ widthPx, heightPx }: Size, format: OutputFormat): void {
  const maxPx = MAX_SIDE_PX[format];
  if (Math.max(widthPx, heightPx) <= maxPx) return;
  throw new JobError(
    'IMAGE_TOO_LARGE',
    `the result is ${widthPx}x${heightPx}, ${format} holds at most ${maxPx} pixels per side; ask for another output.format`,
  );
}

/** The raster resized to exactly this size, whatever its proportions: antialiased when smaller, bicubic when larger. */
export async function resizeStretched(
  raster: Raster,
  { widthPx, heightPx }: Size,
): Promise<Raster> {
  const data = await fromRaster(raster)
    .resize(widthPx, heightPx, { fit: 'fill' })
    .toColourspace(raster.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
  return { data: plainBytes(data), widthPx, heightPx, channels: raster.channels };
}

function fromPicture({ rgb, alpha }: Picture): Sharp {
  if (!alpha) return fromRaster(rgb);
  return sharp(toRgba(rgb, alpha), {
    raw: { width: rgb.widthPx, height: rgb.heightPx, channels: 4 },
  });
}

function fromRaster({ data, widthPx, heightPx, channels }: Raster): Sharp {
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
}

/** The same memory without Buffer's own methods, whose `slice` and `toJSON` differ from Uint8Array's. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function decodingError(cause: unknown, bytes: Uint8Array): unknown {
  if (cause instanceof JobError) return cause;
  const detail = cause instanceof Error ? cause.message : '';
  if (bytes.length === 0)
    return new JobError('UNDECODABLE_IMAGE', 'the source is empty', { cause });
  if (detail.includes('unsupported image format') && !isTiff(bytes)) {
    return unsupportedFormat(isText(bytes) ? 'it is text' : 'its first bytes fit none', { cause });
  }
  if (detail.includes('exceeds pixel limit')) {
    return new JobError(
      'IMAGE_TOO_LARGE',
      `the source has more than ${MAX_SOURCE_PIXELS / 1e6} megapixels; send a smaller picture`,
      { cause },
    );
  }
  const problem = detail.startsWith('timeout')
    ? `was not decoded within ${DECODE_LIMIT_S} s`
    : 'is damaged or incomplete';
  return new JobError('UNDECODABLE_IMAGE', `the source ${problem}; export it again`, { cause });
}

/** True for the first bytes of a TIFF: without its directory, which may lie at the end, libvips does not know it. */
function isTiff(bytes: Uint8Array): boolean {
  return ['II*\0', 'MM\0*'].includes(String.fromCharCode(...bytes.subarray(0, 4)));
}

/** True where the first bytes are printable ASCII and white space only. */
function isText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 64)
    .every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13));
}
