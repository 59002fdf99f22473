import { linearToSrgb, srgbToLinear } from './tone-curve.ts';
import { createRaster, free, type Raster, type Size } from './raster.ts';
import { forEachRow } from './strips.ts';

/** What a job works on and hands back: colour and, where there is transparency, alpha. */
export interface Picture {
  /** `[H, W, 3]`; `[H, W, 1]` where the whole picture is grey, as a matte is. */
  readonly rgb: Raster;
  /** What the numbers of `rgb` mean; absent for sRGB. Display P3 has the same tone curve: networks see both alike. */
  readonly space?: 'display-p3' | undefined;
  /** `[H, W, 1]`, 255 is opaque, straight: `rgb` is not multiplied by it. Absent where everything is opaque. */
  readonly alpha?: Raster;
}

/** Alpha of 255 in a pixel of four bytes, in the order of x86 and ARM. */
const OPAQUE = 0xff000000 | 0;

/**
 * Takes `[H, W, 4]` apart, in place: `rgba`, which begins at a multiple of four bytes, becomes the memory of the colour. The
 * picture has no alpha when every pixel is opaque.
 */
export function splitRgba(rgba: Uint8Array, { widthPx, heightPx }: Size): Picture {
  const pixels = widthPx * heightPx;
  const words = new Uint32Array(rgba.buffer, rgba.byteOffset, pixels);
  const alpha = createRaster({ widthPx, heightPx }, 1);
  let all = OPAQUE;
  for (let i = 0, to = 0; i < pixels; i++, to += 3) {
    const word = words[i]!;
    rgba[to] = word;
    rgba[to + 1] = word >>> 8;
    rgba[to + 2] = word >>> 16;
    alpha.data[i] = word >>> 24;
    all &= word & OPAQUE;
  }
  const rgb = { data: rgba.subarray(0, pixels * 3), widthPx, heightPx, channels: 3 } as const;
  if (all !== OPAQUE) return { rgb, alpha };
  free(alpha);
  return { rgb };
}

/** Gives a picture's memory back as {@link free} does. */
export function freePicture({ rgb, alpha }: Picture): void {
  free(rgb);
  if (alpha) free(alpha);
}

/** Puts colour `[H, W, 3]` and alpha `[H, W, 1]` together: `[H, W, 4]`. */
export async function toRgba(rgb: Raster, alpha: Raster): Promise<Uint8Array> {
  const rgba = new Uint8Array(alpha.data.length * 4);
  const words = new Uint32Array(rgba.buffer);
  await forEachRow(rgb, (row) => joinRow(rgb, alpha, row, words));
  return rgba;
}

function joinRow({ data, widthPx }: Raster, alpha: Raster, row: number, words: Uint32Array): void {
  for (let i = row * widthPx, from = i * 3; i < (row + 1) * widthPx; i++, from += 3) {
    const redGreen = data[from]! | (data[from + 1]! << 8);
    words[i] = redGreen | (data[from + 2]! << 16) | (alpha.data[i]! << 24);
  }
}

/** Takes from an alpha `[H, W, 1]`, in place, the share of every pixel that another alpha leaves; all of it stays without. */
export async function multiplyAlpha(alpha: Raster, other: Raster | undefined): Promise<void> {
  if (other) await forEachRow(alpha, (row) => multiplyRow(alpha, other, row));
}

function multiplyRow({ data, widthPx }: Raster, other: Raster, row: number): void {
  for (let i = row * widthPx; i < (row + 1) * widthPx; i++) {
    data[i] = Math.round((data[i]! * other.data[i]!) / 255);
  }
}

/**
 * Puts a picture on a background colour: it becomes opaque, and its colour is overwritten.
 * @param colour `#rrggbb`, sRGB
 */
export async function putOn(
  colour: string,
  { rgb, alpha, space }: PictureWithAlpha,
): Promise<Picture> {
  const srgb = Buffer.from(colour.slice(1), 'hex');
  const background = space === 'display-p3' ? toDisplayP3(srgb) : srgb;
  await forEachRow(rgb, (row) => putRowOn(background, rgb, alpha, row));
  return { rgb, space };
}

function putRowOn(
  background: ArrayLike<number>,
  { data, widthPx }: Raster,
  alpha: Raster,
  row: number,
): void {
  const red = background[0]!;
  const green = background[1]!;
  const blue = background[2]!;
  for (let i = row * widthPx, at = i * 3; i < (row + 1) * widthPx; i++, at += 3) {
    const share = alpha.data[i]! / 255;
    data[at] = Math.round(data[at]! * share + red * (1 - share));
    data[at + 1] = Math.round(data[at + 1]! * share + green * (1 - share));
    data[at + 2] = Math.round(data[at + 2]! * share + blue * (1 - share));
  }
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
