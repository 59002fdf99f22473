import { JobError } from '../errors.ts';
import { type Credits, readCredits } from './credits.ts';
import { plainBytes, type Sharp, sharp } from './libvips.ts';
import { type Measured, measured } from './memory-needs.ts';
import { type Picture, splitRgba } from './picture.ts';
import type { Size } from './raster.ts';
import {
  checkBytes,
  checkScans,
  checkSize,
  formatOf,
  MAX_SOURCE_PIXELS,
  notesOn,
  profileOf,
  type SourceFormat,
  type SourceHeader,
  tooManyPixels,
  unsupportedFormat,
} from './source-header.ts';

/** A decoded source. */
export interface Decoded extends Size {
  readonly picture: Picture;
  readonly format: SourceFormat;
  /** What decoding changed or left out, for the record. */
  readonly notes: readonly string[];
  readonly credits: Credits;
}

const OPTIONS = { limitInputPixels: MAX_SOURCE_PIXELS, failOn: 'error' } as const;
/** What libjpeg says, as a mere warning, of pixels that it had to make up. */
const LOST_PIXELS = /premature end|bad Huffman code/i;
/** What libvips and libpng say of a profile that they leave out. */
const LOST_PROFILE = /profile|iCCP/;

/**
 * Size and memory needs of a source, from its header.
 * @throws JobError as {@link decode}
 */
export async function measure(bytes: Uint8Array): Promise<Measured> {
  return measured(await readHeader(bytes));
}

/**
 * Reads and checks a source's header.
 * @throws JobError IMAGE_TOO_LARGE, UNSUPPORTED_FORMAT, UNDECODABLE_IMAGE
 */
async function readHeader(bytes: Uint8Array) {
  checkBytes(bytes);
  try {
    const header = await sharp(bytes, OPTIONS).metadata();
    formatOf(header);
    checkSize(header);
    if (header.format === 'jpeg') checkScans(bytes, header);
    return header;
  } catch (error) {
    throw decodingError(error, bytes);
  }
}

/**
 * Decodes a source to 8 bits per channel, upright, alpha apart: sRGB, or Display P3 where an RGB profile says that it is
 * something else than sRGB. Of several frames or pages the first is taken.
 * @throws JobError IMAGE_TOO_LARGE, UNSUPPORTED_FORMAT, UNDECODABLE_IMAGE
 */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  const header = await readHeader(bytes);
  try {
    const warnings: string[] = [];
    const { data, info } = await openInGamut(bytes, header)
      .on('warning', (warning: string) => void warnings.push(warning))
      .autoOrient()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (warnings.some((warning) => LOST_PIXELS.test(warning))) throw damaged();
    const size = { widthPx: info.width, heightPx: info.height };
    const picture = takeApart(plainBytes(data), { ...size, channels: info.channels });
    return {
      ...size,
      picture: profileOf(header) === 'rgb' ? { ...picture, space: 'display-p3' } : picture,
      format: formatOf(header),
      notes: notesOn(
        header,
        warnings.some((warning) => LOST_PROFILE.test(warning)),
      ),
      // A TIFF's own directory is its EXIF.
      credits: readCredits(header.format === 'tiff' ? { ...header, exif: bytes } : header),
    };
  } catch (error) {
    throw decodingError(error, bytes);
  }
}

/**
 * Opens a source so that its colours come out as promised. What is sRGB by any name is left alone. The 16-bit pipeline of
 * sharp works in Display P3; without it wide gamuts would be cut off at sRGB.
 */
function openInGamut(bytes: Uint8Array, header: SourceHeader): Sharp {
  const profile = profileOf(header);
  // libvips leaves unreadable parts of a TIFF black, with a warning.
  const failOn = header.format === 'tiff' ? 'warning' : OPTIONS.failOn;
  const image = sharp(bytes, { ...OPTIONS, failOn, ignoreIcc: profile === 'srgb' });
  return profile === 'rgb' ? image.pipelineColourspace('rgb16') : image;
}

function takeApart(data: Uint8Array, { channels, ...size }: Size & { channels: number }): Picture {
  if (channels === 4) return splitRgba(data, size);
  if (channels === 3) return { rgb: { data, ...size, channels } };
  throw unsupportedFormat(`it has ${channels} channels`);
}

function decodingError(cause: unknown, bytes: Uint8Array): unknown {
  if (cause instanceof JobError) return cause;
  const detail = cause instanceof Error ? cause.message : '';
  if (detail.includes('unsupported image format') && !isTiff(bytes)) {
    return unsupportedFormat(isText(bytes) ? 'it is text' : 'its first bytes fit none', { cause });
  }
  if (detail.includes('exceeds pixel limit')) return tooManyPixels({ cause });
  return damaged({ cause });
}

function damaged(options?: ErrorOptions): JobError {
  const message = 'the source is damaged or incomplete; export it again';
  return new JobError('UNDECODABLE_IMAGE', message, options);
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
