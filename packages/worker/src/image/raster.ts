import { JobError } from '../errors.ts';

/** Most pixels a result may have (100 megapixels). */
const MAX_RESULT_PIXELS = 100e6;

/**
 * Decoded pixels: interleaved (HWC), 8 bits per channel, upright. Three channels are sRGB, one is alpha, a matte or grey.
 * Invariant: `data.length === widthPx * heightPx * channels`.
 */
export interface Raster {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
}

/** Width and height in pixels. */
export type Size = Pick<Raster, 'widthPx' | 'heightPx'>;

/**
 * A raster of zeros.
 * @throws JobError IMAGE_TOO_LARGE over 100 megapixels
 */
export function createRaster({ widthPx, heightPx }: Size, channels: 1 | 3): Raster {
  if (widthPx * heightPx > MAX_RESULT_PIXELS) {
    throw new JobError(
      'IMAGE_TOO_LARGE',
      `the result would be ${widthPx}x${heightPx} pixels, at most ${MAX_RESULT_PIXELS / 1e6} megapixels are allowed; ` +
        'ask for a smaller scale or send a smaller picture',
    );
  }
  return { data: new Uint8Array(widthPx * heightPx * channels), widthPx, heightPx, channels };
}
