import { JobError } from '../errors.ts';
import { type ProfileKind, profileKind } from './colour-profile.ts';

/** Largest source, in bytes (32 MiB). */
export const MAX_SOURCE_BYTES: number = 32 * 1024 * 1024;
/** Most pixels a source may have (50 megapixels). */
export const MAX_SOURCE_PIXELS = 50e6;
/** Longest side of a source in pixels, JPEG's own: a line of 50 megapixels would be 200 000 tiles. */
const MAX_SOURCE_SIDE_PX = 65_535;
/** Most frames or pages; only the first is decoded, but finding the others takes time. */
const MAX_FRAMES = 10_000;
/** Most pixels times scans of a JPEG: 20 scans of the largest source; encoders make about 10. */
const MAX_SCANNED_PIXELS = 20 * MAX_SOURCE_PIXELS;

/** Formats a source may have. */
export type SourceFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

/** What libvips reads of a source before decoding it; the part of sharp's `Metadata` that we look at. */
export interface SourceHeader {
  readonly format: string;
  /** As stored, before EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** Codec inside a HEIF container. */
  readonly compression?: string | undefined;
  /** Frames or pages. */
  readonly pages?: number | undefined;
  /** libvips' colour space. */
  readonly space: string;
  /** libvips' datatype of a channel; `uchar` is 8 bits. */
  readonly depth: string;
  readonly channels: number;
  readonly hasAlpha: boolean;
  /** Progressive or interlaced: decoders hold it as a whole. */
  readonly isProgressive: boolean;
  /** EXIF orientation, 1–8. */
  readonly orientation?: number | undefined;
  readonly icc?: Buffer | undefined;
}

const ALWAYS_READ: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff']);
const GREY_SPACES: ReadonlySet<string> = new Set(['b-w', 'grey16']);

/**
 * The source's format.
 * @throws JobError UNSUPPORTED_FORMAT, for example for HEIC, which shares AVIF's container
 */
export function formatOf({ format, compression }: SourceHeader): SourceFormat {
  if (ALWAYS_READ.has(format)) return format as SourceFormat;
  if (format === 'heif' && compression === 'av1') return 'avif';
  throw unsupportedFormat(`it is ${compression ?? format}`);
}

/**
 * Checks a source's bytes before anything is parsed.
 * @throws JobError UNDECODABLE_IMAGE when there are none, IMAGE_TOO_LARGE over 32 MiB
 */
export function checkBytes({ length }: Uint8Array): void {
  if (length === 0) throw new JobError('UNDECODABLE_IMAGE', 'the source is empty');
  if (length <= MAX_SOURCE_BYTES) return;
  throw tooLarge(`${length} bytes, at most ${MAX_SOURCE_BYTES} are allowed; send a smaller file`);
}

/**
 * Checks what a header claims before anything is decoded.
 * @throws JobError IMAGE_TOO_LARGE
 */
export function checkSize({ width, height, pages = 1 }: SourceHeader): void {
  if (width * height > MAX_SOURCE_PIXELS) throw tooManyPixels();
  if (Math.max(width, height) > MAX_SOURCE_SIDE_PX) {
    throw tooLarge(`a side of more than ${MAX_SOURCE_SIDE_PX} pixels; send a smaller picture`);
  }
  if (pages > MAX_FRAMES) {
    throw tooLarge(`${pages} frames, at most ${MAX_FRAMES} are allowed; send its first frame`);
  }
}

/**
 * Checks how often a JPEG's pixels would be gone over: a progressive one of 100 KB can ask for minutes of work.
 * @throws JobError IMAGE_TOO_LARGE
 */
export function checkScans(jpeg: Uint8Array, { width, height }: SourceHeader): void {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  let scans = 0;
  for (let at = bytes.indexOf(START_OF_SCAN); at >= 0; at = bytes.indexOf(START_OF_SCAN, at + 2)) {
    scans += 1;
  }
  if (scans * width * height <= MAX_SCANNED_PIXELS) return;
  throw tooLarge(`${scans} scans of ${width}x${height} pixels; export it again, not progressive`);
}

const START_OF_SCAN = Buffer.of(0xff, 0xda);

/** The refusal of a source with more than 50 megapixels. */
export function tooManyPixels(options?: ErrorOptions): JobError {
  return tooLarge(
    `more than ${MAX_SOURCE_PIXELS / 1e6} megapixels; send a smaller picture`,
    options,
  );
}

function tooLarge(what: string, options?: ErrorOptions): JobError {
  return new JobError('IMAGE_TOO_LARGE', `the source has ${what}`, options);
}

/** Profile of a source whose colours can follow it: an RGB profile of an RGB picture; else `none` or `other`. */
export function profileOf({ space, icc }: SourceHeader): ProfileKind {
  const kind = profileKind(icc);
  const isRgb = space === 'srgb' || space === 'rgb16';
  return kind === 'none' || isRgb ? kind : 'other';
}

/** What decoding to the first frame in 8 bits changes or leaves out. */
export function notesOn(header: SourceHeader, isProfileBroken: boolean): string[] {
  const { pages = 1, space, depth } = header;
  const notes: [boolean, string][] = [
    [pages > 1, `first frame of ${pages}`],
    [depth !== 'uchar', 'reduced to 8 bits per channel'],
    [space === 'cmyk', 'converted from CMYK to sRGB'],
    [space === 'lab', 'converted from CIELAB to sRGB'],
    [GREY_SPACES.has(space), 'grey source processed as colour'],
    [isProfileBroken, 'its ICC profile is damaged and was left out'],
    [profileOf(header) === 'rgb', 'processed and kept in Display P3'],
  ];
  return notes.filter(([applies]) => applies).map(([, note]) => note);
}

/** A refusal of bytes that are no picture, or one we do not read. */
export function unsupportedFormat(finding: string, options?: ErrorOptions): JobError {
  return new JobError(
    'UNSUPPORTED_FORMAT',
    `the source is not a picture in a format we read (${finding}); send JPEG, PNG, WebP, AVIF, GIF or TIFF`,
    options,
  );
}
