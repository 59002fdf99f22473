import { resizeStretched } from './codec.ts';
import type { Picture } from './picture.ts';
import type { Raster } from './raster.ts';

/** Below this alpha a pixel's colour is a rounding remainder of 8-bit premultiplication, not a colour. */
const MIN_COLOURED_ALPHA = 8;

/** A raster of colour, and which of its pixels have a colour: 1 or 0, `[H, W]`. */
interface PatchyRaster {
  readonly rgb: Raster;
  readonly isColoured: Uint8Array;
}

/**
 * The picture's colour with (nearly) transparent pixels filled from opaque ones nearby, so that a network never sees
 * what lies under transparency. Returns the picture itself where there is nothing to fill; never writes to it.
 */
export function bleedColour(picture: Picture): Picture {
  const { rgb, alpha } = picture;
  if (!alpha) return picture;
  const isColoured = new Uint8Array(alpha.data.length);
  for (let i = 0; i < isColoured.length; i++) {
    isColoured[i] = alpha.data[i]! < MIN_COLOURED_ALPHA ? 0 : 1;
  }
  if (!isColoured.includes(0) || !isColoured.includes(1)) return picture;
  const filled = { ...rgb, data: new Uint8Array(rgb.data) };
  fill({ rgb: filled, isColoured });
  return { rgb: filled, alpha };
}

/**
 * The result with the source's alpha, resized to it where the operation scales.
 * @param result colour `[H, W, 3]`; becomes part of the picture
 */
export async function restoreAlpha(result: Raster, { alpha }: Picture): Promise<Picture> {
  if (!alpha) return { rgb: result };
  const isSameSize = alpha.widthPx === result.widthPx && alpha.heightPx === result.heightPx;
  return { rgb: result, alpha: isSameSize ? alpha : await resizeStretched(alpha, result) };
}

/** Push-pull: fills holes from a half-size copy whose own holes were filled the same way. Linear in the pixels. */
function fill(patchy: PatchyRaster): void {
  if (!patchy.isColoured.includes(0)) return;
  const half = halve(patchy);
  fill(half);
  pull(patchy, half.rgb);
}

/** Half size; a pixel is the mean of those of its four that have a colour. */
function halve({ rgb, isColoured }: PatchyRaster): PatchyRaster {
  const widthPx = (rgb.widthPx + 1) >> 1;
  const heightPx = (rgb.heightPx + 1) >> 1;
  const sums = new Uint16Array(widthPx * heightPx * 3);
  const counts = new Uint8Array(widthPx * heightPx);
  for (let row = 0, i = 0; row < rgb.heightPx; row++) {
    for (let col = 0; col < rgb.widthPx; col++, i++) {
      if (isColoured[i] === 0) continue;
      const to = (row >> 1) * widthPx + (col >> 1);
      counts[to]!++;
      sums[to * 3]! += rgb.data[i * 3]!;
      sums[to * 3 + 1]! += rgb.data[i * 3 + 1]!;
      sums[to * 3 + 2]! += rgb.data[i * 3 + 2]!;
    }
  }
  const data = new Uint8Array(sums.length);
  for (let i = 0, c = 0; i < counts.length; i++) {
    const count = counts[i]!;
    for (const end = c + 3; c < end; c++) if (count > 0) data[c] = sums[c]! / count + 0.5;
  }
  return { rgb: { data, widthPx, heightPx, channels: 3 }, isColoured: counts };
}

/** Gives pixels without a colour the bilinear value of the half-size raster: 9, 3, 3 and 1 sixteenths of its nearest four. */
function pull({ rgb, isColoured }: PatchyRaster, { data, widthPx, heightPx }: Raster): void {
  for (let row = 0, i = 0; row < rgb.heightPx; row++) {
    const near = (row >> 1) * widthPx;
    const far = beside(row, heightPx) * widthPx;
    for (let col = 0; col < rgb.widthPx; col++, i++) {
      if (isColoured[i] !== 0) continue;
      const x = col >> 1;
      const xBeside = beside(col, widthPx);
      for (let c = 0; c < 3; c++) {
        const nearSum = 3 * data[(near + x) * 3 + c]! + data[(near + xBeside) * 3 + c]!;
        const farSum = 3 * data[(far + x) * 3 + c]! + data[(far + xBeside) * 3 + c]!;
        rgb.data[i * 3 + c] = (3 * nearSum + farSum + 8) >> 4;
      }
    }
  }
}

/** Of the `length` pixels at half size, the second nearest to full-size pixel `index`. */
function beside(index: number, length: number): number {
  const step = (index & 1) === 0 ? -1 : 1;
  return Math.min(Math.max((index >> 1) + step, 0), length - 1);
}
