import { linearToSrgb, srgbToLinear } from './tone-curve.ts';
import { free, type Raster, type Size } from './raster.ts';

/** What a job works on and hands back: colour and, where there is transparency, alpha. */
export interface Picture {
  /** `[H, W, 3]`; `[H, W, 1]` where the whole picture is grey, as a matte is. */
  readonly rgb: Raster;
  /** What the numbers of `rgb` mean; absent for sRGB. Display P3 has the same tone curve: networks see both alike. */
  readonly space?: 'display-p3' | undefined;
  /** `[H, W, 1]`, 255 is opaque, straight: `rgb` is not multiplied by it. Absent where everything is opaque. */
  readonly alpha?: Raster;
}

/**
 * Takes `[H, W, 4]` apart, in place: `rgba` becomes the memory of the colour. The picture has no alpha when every pixel is
 * opaque.
 */
export function splitRgba(rgba: Uint8Array, { widthPx, heightPx }: Size): Picture {
  const pixels = widthPx * heightPx;
  const alpha = new Uint8Array(pixels);
  let isOpaque = true;
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    rgba[to] = rgba[from]!;
    rgba[to + 1] = rgba[from + 1]!;
    rgba[to + 2] = rgba[from + 2]!;
    alpha[i] = rgba[from + 3]!;
    isOpaque &&= alpha[i] === 255;
  }
  const data = rgba.subarray(0, pixels * 3);
  return {
    rgb: { data, widthPx, heightPx, channels: 3 },
    ...(!isOpaque && { alpha: { data: alpha, widthPx, heightPx, channels: 1 } }),
  };
}

/** Gives a picture's memory back as {@link free} does. */
export function freePicture({ rgb, alpha }: Picture): void {
  free(rgb);
  if (alpha) free(alpha);
}

/** Puts colour `[H, W, 3]` and alpha `[H, W, 1]` together: `[H, W, 4]`. */
export function toRgba(rgb: Raster, alpha: Raster): Uint8Array {
  const pixels = alpha.data.length;
  const rgba = new Uint8Array(pixels * 4);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 3, to += 4) {
    rgba[to] = rgb.data[from]!;
    rgba[to + 1] = rgb.data[from + 1]!;
    rgba[to + 2] = rgb.data[from + 2]!;
    rgba[to + 3] = alpha.data[i]!;
  }
  return rgba;
}

/** The share `[H, W, 1]` of a pixel that two alphas leave together; the first one where there is no second. */
export function multiplyAlpha(alpha: Raster, other: Raster | undefined): Raster {
  if (!other) return alpha;
  return {
    ...alpha,
    data: alpha.data.map((value, i) => Math.round((value * other.data[i]!) / 255)),
  };
}

/**
 * A picture on a background colour: opaque.
 * @param colour `#rrggbb`, sRGB
 */
export function putOn(colour: string, { rgb, alpha, space }: PictureWithAlpha): Picture {
  const srgb = Buffer.from(colour.slice(1), 'hex');
  const background = space === 'display-p3' ? toDisplayP3(srgb) : srgb;
  const data = new Uint8Array(rgb.data.length);
  for (let i = 0; i < data.length; i++) {
    const share = alpha.data[Math.floor(i / 3)]! / 255;
    data[i] = Math.round(rgb.data[i]! * share + background[i % 3]! * (1 - share));
  }
  return { rgb: { ...rgb, data }, space };
}

type PictureWithAlpha = Picture & Required<Pick<Picture, 'alpha'>>;

/** Linear sRGB to linear Display P3 (CSS Color 4, section 18). */
const P3_OF_SRGB: readonly (readonly number[])[] = [
  [0.822_462, 0.177_538, 0],
  [0.033_194, 0.966_806, 0],
  [0.017_083, 0.072_397, 0.910_52],
];

/** The same colour in Display P3, which has sRGB's tone curve. */
function toDisplayP3(srgb: Uint8Array): number[] {
  const linear = Array.from(srgb, (level) => srgbToLinear(level / 255));
  return P3_OF_SRGB.map((row) => {
    const value = row.reduce((sum, share, c) => sum + share * linear[c]!, 0);
    return 255 * linearToSrgb(value);
  });
}
