import type { Raster, Size } from './raster.ts';

/** What a job works on and hands back: colour and, where there is transparency, alpha. */
export interface Picture {
  /** `[H, W, 3]` sRGB; `[H, W, 1]` where the whole picture is grey, as a matte is. */
  readonly rgb: Raster;
  /** `[H, W, 1]`, 255 is opaque, straight: `rgb` is not multiplied by it. Absent where everything is opaque. */
  readonly alpha?: Raster;
}

/** Takes `[H, W, 4]` apart; the picture has no alpha when every pixel is opaque. */
export function fromRgba(rgba: Uint8Array, { widthPx, heightPx }: Size): Picture {
  const pixels = widthPx * heightPx;
  const rgb = new Uint8Array(pixels * 3);
  const alpha = new Uint8Array(pixels);
  let isOpaque = true;
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
    alpha[i] = rgba[from + 3]!;
    isOpaque &&= alpha[i] === 255;
  }
  return {
    rgb: { data: rgb, widthPx, heightPx, channels: 3 },
    ...(!isOpaque && { alpha: { data: alpha, widthPx, heightPx, channels: 1 } }),
  };
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
 * @param colour `#rrggbb`
 */
export function putOn(colour: string, { rgb, alpha }: Required<Picture>): Picture {
  const background = Buffer.from(colour.slice(1), 'hex');
  const data = new Uint8Array(rgb.data.length);
  for (let i = 0; i < data.length; i++) {
    const share = alpha.data[Math.floor(i / 3)]! / 255;
    data[i] = Math.round(rgb.data[i]! * share + background[i % 3]! * (1 - share));
  }
  return { rgb: { ...rgb, data } };
}
