import { cutTile } from './cut.ts';
import type { Raster } from './raster.ts';

/** Side of a patch in pixels: two JPEG blocks. */
export const PATCH_PX = 16;
/** Most patches along a side: 590 000 pixels in all are enough for every figure. */
const MAX_PATCHES = 48;

/** A small square of a picture. */
export interface Patch {
  readonly xPx: number;
  readonly yPx: number;
  /** `[16, 16, 3]`, interleaved sRGB. */
  readonly data: Uint8Array;
}

/** Patches spread evenly over `[H, W, 3]`: all of a small picture, at most 48 × 48 of a large one. */
export function samplePatches(rgb: Raster): Patch[] {
  const columns = origins(rgb.widthPx);
  return origins(rgb.heightPx).flatMap((yPx) =>
    columns.map((xPx) => ({ xPx, yPx, data: cutTile(rgb, { xPx, yPx }, PATCH_PX) })),
  );
}

function origins(lengthPx: number): number[] {
  const count = Math.min(Math.max(Math.floor(lengthPx / PATCH_PX), 1), MAX_PATCHES);
  const lastPx = Math.max(lengthPx - PATCH_PX, 0);
  return Array.from({ length: count }, (_, i) => Math.round((i * lastPx) / Math.max(count - 1, 1)));
}
