import { JobError } from '../errors.ts';

/** Formats a source may have. */
export type SourceFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

/** What libvips reads of a source before decoding it; the part of sharp's `Metadata` that we look at. */
export interface SourceHeader {
  readonly format: string;
  /** Codec inside a HEIF container. */
  readonly compression?: string | undefined;
  /** Frames or pages. */
  readonly pages?: number | undefined;
  /** libvips' colour space. */
  readonly space: string;
  /** libvips' datatype of a channel; `uchar` is 8 bits. */
  readonly depth: string;
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

/** What decoding to the first frame in 8-bit sRGB changes or leaves out. */
export function notesOn({ pages = 1, space, depth, icc }: SourceHeader): string[] {
  const isCmyk = space === 'cmyk';
  const notes: [boolean, string][] = [
    [pages > 1, `first frame of ${pages}`],
    [depth !== 'uchar', 'reduced to 8 bits per channel'],
    [isCmyk, 'converted from CMYK to sRGB'],
    [GREY_SPACES.has(space), 'grey source processed as colour'],
    [!isCmyk && !!icc && !isSrgb(icc), 'converted from its ICC profile to sRGB'],
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

/** True for an ICC profile that calls itself sRGB, in ASCII or UTF-16. */
function isSrgb(icc: Buffer): boolean {
  return icc.toString('latin1').replaceAll('\0', '').includes('sRGB');
}
