import type { OutputFormat } from '@imagen/contracts';
import type { Measured } from './source-header.ts';

/** What becomes of a source, as far as it is known before it is decoded. */
export interface Making {
  /** Result side ÷ source side. */
  readonly scale: number;
  /** True where the result has alpha even if the source has none. */
  readonly makesAlpha: boolean;
  /** As the job asks for it. */
  readonly format: OutputFormat | undefined;
}

/** Two batches of tiles in flight, ×4 results included; or the maps of a matte. */
const FIXED_BYTES = 64 * 1024 * 1024;
/**
 * What an encoder takes for a pixel with all channels, its output included: peaks of noisy photos of 12–96 megapixels, and
 * about a third more.
 */
const ENCODER_BYTES: Readonly<Record<OutputFormat, readonly [opaque: number, alpha: number]>> = {
  jpeg: [1, 1],
  png: [2, 2.5],
  webp: [7, 27],
  avif: [44, 57],
};

/**
 * Memory that a job takes for pixels at most, in bytes: that of its hungriest stage. In decoding, the decoder's and the
 * picture; then the source, its colour bled over, and the result; in encoding, source, result and encoder.
 */
export function memoryNeeded(source: Measured, { scale, makesAlpha, format }: Making): number {
  const { hasAlpha, decoderBytes } = source;
  const pixels = source.widthPx * source.heightPx;
  const resultPixels = pixels * scale ** 2;
  const hasResultAlpha = hasAlpha || makesAlpha;
  const output = format ?? (hasResultAlpha ? 'png' : 'jpeg');
  const sourceBytes = pixels * (hasAlpha ? 4 : 3);
  const resultBytes = resultPixels * (hasResultAlpha ? 4 : 3);
  const bledBytes = hasAlpha ? pixels * 4.5 : 0;
  const encoderBytes = resultPixels * ENCODER_BYTES[output][hasResultAlpha ? 1 : 0];
  const stages = [
    decoderBytes + sourceBytes,
    sourceBytes + bledBytes + resultBytes,
    sourceBytes + resultBytes + encoderBytes,
  ];
  return FIXED_BYTES + Math.max(...stages);
}
