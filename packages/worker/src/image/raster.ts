import { JobError } from '../errors.ts';

/** Most pixels a result may have (100 megapixels). */
const MAX_RESULT_PIXELS = 100e6;

/**
 * Decoded pixels: interleaved (HWC), 8 bits per channel, upright. Three channels are red, green and blue, one is alpha, a
 * matte or grey.
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
 * @throws JobError IMAGE_TOO_LARGE as {@link checkResultSize}
 */
export function createRaster(size: Size, channels: 1 | 3): Raster {
  checkResultSize(size);
  const { widthPx, heightPx } = size;
  return { data: new Uint8Array(widthPx * heightPx * channels), widthPx, heightPx, channels };
}

/**
 * Checks a result's size before anything is spent on it.
 * @throws JobError IMAGE_TOO_LARGE over 100 megapixels
 */
export function checkResultSize({ widthPx, heightPx }: Size): void {
  if (widthPx * heightPx <= MAX_RESULT_PIXELS) return;
  throw new JobError(
    'IMAGE_TOO_LARGE',
    `the result would be ${widthPx}x${heightPx} pixels, at most ${MAX_RESULT_PIXELS / 1e6} megapixels are allowed; ` +
      'ask for a smaller scale or send a smaller picture',
  );
}

/**
 * Gives a raster's memory back at once: collected as garbage, it would stay for long, because V8 hardly notices what lies
 * outside of its heap. Its data has no bytes from then on; what was given back already is left alone.
 */
export function free({ data }: { readonly data: Uint8Array | Float32Array }): void {
  const { buffer } = data;
  const isWhole = data.byteLength === buffer.byteLength;
  if (isWhole && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}

/** The size with both sides `scale` times as long. */
export function scaled({ widthPx, heightPx }: Size, scale: number): Size {
  return { widthPx: widthPx * scale, heightPx: heightPx * scale };
}
