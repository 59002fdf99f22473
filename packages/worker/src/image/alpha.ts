import type { Picture } from './picture.ts';
import type { Raster } from './raster.ts';
import { upscaleAlpha } from './upscale-alpha.ts';

/** Below this alpha a pixel's colour is a rounding remainder of 8-bit premultiplication, not a colour. */
const MIN_COLOURED_ALPHA = 8;

/** A raster of colour with holes: pixels whose weight, `[H, W]`, is below `minWeight`. */
interface PatchyRaster {
  readonly rgb: Raster;
  readonly weights: Uint8Array;
  readonly minWeight: number;
}

/**
 * The picture's colour with (nearly) transparent pixels filled from opaque ones nearby, so that a network never sees
 * what lies under transparency. Returns the picture itself where there is nothing to fill; never writes to it.
 */
export function bleedColour(picture: Picture): Picture {
  const { rgb, alpha } = picture;
  if (!alpha) return picture;
  const patchy = { rgb, weights: alpha.data, minWeight: MIN_COLOURED_ALPHA };
  if (!hasHoles(patchy) || alpha.data.every((value) => value < MIN_COLOURED_ALPHA)) return picture;
  const filled = { ...rgb, data: new Uint8Array(rgb.data) };
  fill({ ...patchy, rgb: filled });
  return { ...picture, rgb: filled };
}

/**
 * The result with the source's alpha, enlarged with it where the operation scales, and the source's colour space.
 * @param result colour `[sH, sW, 3]` of a source `[H, W]`, s a whole number; becomes part of the picture
 */
export async function restoreAlpha(result: Raster, source: Picture): Promise<Picture> {
  const picture = { ...source, rgb: result };
  const { alpha } = source;
  if (!alpha || alpha.widthPx === result.widthPx) return picture;
  return { ...picture, alpha: await upscaleAlpha(alpha, result.widthPx / alpha.widthPx) };
}

/** Push-pull: fills holes from a half-size copy whose own holes were filled the same way. Linear in the pixels. */
function fill(patchy: PatchyRaster): void {
  if (!hasHoles(patchy)) return;
  const half = halve(patchy);
  fill(half);
  pull(patchy, half.rgb);
}

function hasHoles({ weights, minWeight }: PatchyRaster): boolean {
  for (let i = 0; i < weights.length; i++) if (weights[i]! < minWeight) return true;
  return false;
}

/** Half size; a pixel is the mean of those of its four that have a colour, and weighs as many. Border pixels repeat. */
function halve({ rgb, weights, minWeight }: PatchyRaster): PatchyRaster {
  const widthPx = (rgb.widthPx + 1) >> 1;
  const heightPx = (rgb.heightPx + 1) >> 1;
  const data = new Uint8Array(widthPx * heightPx * 3);
  const counts = new Uint8Array(widthPx * heightPx);
  for (let row = 0, to = 0; row < heightPx; row++) {
    const down = 2 * row + 1 < rgb.heightPx ? rgb.widthPx : 0;
    for (let col = 0; col < widthPx; col++, to++) {
      const right = 2 * col + 1 < rgb.widthPx ? 1 : 0;
      const from = 2 * (row * rgb.widthPx + col);
      let [count, red, green, blue] = [0, 0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const i = from + (k & 1) * right + (k >> 1) * down;
        const share = weights[i]! < minWeight ? 0 : 1;
        count += share;
        red += share * rgb.data[i * 3]!;
        green += share * rgb.data[i * 3 + 1]!;
        blue += share * rgb.data[i * 3 + 2]!;
      }
      if (count === 0) continue;
      counts[to] = count;
      data[to * 3] = red / count + 0.5;
      data[to * 3 + 1] = green / count + 0.5;
      data[to * 3 + 2] = blue / count + 0.5;
    }
  }
  return { rgb: { data, widthPx, heightPx, channels: 3 }, weights: counts, minWeight: 1 };
}

/** Gives holes the bilinear value of the half-size raster: 9, 3, 3 and 1 sixteenths of its nearest four. */
function pull(
  { rgb, weights, minWeight }: PatchyRaster,
  { data, widthPx, heightPx }: Raster,
): void {
  const line = new Uint16Array(widthPx * 3);
  for (let row = 0, i = 0; row < rgb.heightPx; row++) {
    const near = (row >> 1) * line.length;
    const far = beside(row, heightPx) * line.length;
    for (let c = 0; c < line.length; c++) line[c] = 3 * data[near + c]! + data[far + c]!;
    for (let col = 0; col < rgb.widthPx; col++, i++) {
      if (weights[i]! >= minWeight) continue;
      const x = (col >> 1) * 3;
      const xBeside = beside(col, widthPx) * 3;
      rgb.data[i * 3] = (3 * line[x]! + line[xBeside]! + 8) >> 4;
      rgb.data[i * 3 + 1] = (3 * line[x + 1]! + line[xBeside + 1]! + 8) >> 4;
      rgb.data[i * 3 + 2] = (3 * line[x + 2]! + line[xBeside + 2]! + 8) >> 4;
    }
  }
}

/** Of the `length` pixels at half size, the second nearest to full-size pixel `index`. */
function beside(index: number, length: number): number {
  const step = (index & 1) === 0 ? -1 : 1;
  return Math.min(Math.max((index >> 1) + step, 0), length - 1);
}
