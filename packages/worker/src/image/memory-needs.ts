import type { OutputFormat } from '@imagen/contracts';
import type { Raster, Size } from './raster.ts';
import type { SourceHeader } from './source-header.ts';

/** Formats that are decoded as a whole. */
const WHOLE: ReadonlySet<string> = new Set(['webp', 'heif', 'gif']);
/** Two batches of tiles in flight, ×4 results included; or the maps of a matte. */
const FIXED_BYTES = 64 * 1024 * 1024;
/**
 * What an encoder takes for a pixel with all channels, its output included: peaks of noisy photos of 12–96 megapixels, and
 * about a third more. JPEG with alpha, and WebP and AVIF in Display P3, take one interleaved copy more.
 */
const ENCODER_BYTES: Readonly<Record<OutputFormat, readonly [opaque: number, alpha: number]>> = {
  jpeg: [1, 5],
  png: [2, 2.5],
  webp: [7, 27],
  avif: [44, 57],
};

/** What a job must know of a source to set memory aside before it is decoded. */
export interface Measured extends Size {
  readonly hasAlpha: boolean;
  /** Most memory that its decoder takes for pixels, in bytes. */
  readonly decoderBytes: number;
}

/** Size (as stored) and memory needs, from a header. */
export function measured(header: SourceHeader): Measured {
  const { width, height, hasAlpha } = header;
  const decoderBytes = width * height * decoderBytesPerPixel(header);
  return { widthPx: width, heightPx: height, hasAlpha, decoderBytes };
}

/** The decoded pixels; once more where a decoder cannot work row by row; once more to turn them upright. */
function decoderBytesPerPixel({ channels, depth, ...header }: SourceHeader): number {
  const isWhole = header.isProgressive || WHOLE.has(header.format);
  const isTurned = (header.orientation ?? 1) > 1;
  const sample = depth === 'uchar' ? 1 : 2;
  return 4 + (isWhole ? channels * 2 : 0) + (isTurned ? channels * sample : 0);
}

/** What decides how large a model's result is. */
interface ResultShape {
  /** Result side ÷ source side. */
  readonly scale: number;
  /** One is a matte: the result has alpha even if the source has none, and its colour is the source's memory. */
  readonly resultChannels: Raster['channels'];
}

/**
 * Memory that a job takes for pixels at most, in bytes: that of its hungriest stage. In decoding, the decoder's and the
 * picture; then the source, its colour bled over, and the result; in encoding, source, result and encoder.
 * @param format as the job asks for it
 */
export function memoryNeeded(
  source: Measured,
  { scale, resultChannels }: ResultShape,
  format: OutputFormat | undefined,
): number {
  const { hasAlpha, decoderBytes } = source;
  const pixels = source.widthPx * source.heightPx;
  const resultPixels = pixels * scale ** 2;
  const hasResultAlpha = hasAlpha || resultChannels === 1;
  const output = format ?? (hasResultAlpha ? 'png' : 'jpeg');
  const sourceBytes = pixels * (hasAlpha ? 4 : 3);
  const resultBytes = resultPixels * (resultChannels === 1 ? 1 : hasResultAlpha ? 4 : 3);
  const bledBytes = hasAlpha ? pixels * 4.5 : 0;
  const encoderBytes = resultPixels * ENCODER_BYTES[output][hasResultAlpha ? 1 : 0];
  const stages = [
    decoderBytes + sourceBytes,
    sourceBytes + bledBytes + resultBytes,
    sourceBytes + resultBytes + encoderBytes,
  ];
  return FIXED_BYTES + Math.max(...stages);
}
