import { cutTile } from './cut.ts';
import type { Raster } from './raster.ts';
import { forEachPart } from './strips.ts';

/** Side of a patch in pixels: two JPEG blocks. */
export const PATCH_PX = 16;
/** Most patches along a side: 590 000 pixels in all are enough for every figure. */
const MAX_PATCHES = 48;
/** Patches between two looks at the event loop: 16 000 pixels. */
const PART = 64;

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
    columns.map((xPx) => {
      const data = new Uint8Array(PATCH_PX ** 2 * 3);
      cutTile(rgb, { xPx, yPx }, PATCH_PX, data);
      return { xPx, yPx, data };
    }),
  );
}

/** Works on one patch after the other; the event loop has its turns meanwhile. */
export async function forEachPatch(
  patches: readonly Patch[],
  work: (patch: Patch) => void,
): Promise<void> {
  await forEachPart(patches.length, PART, (from, to) => {
    for (let i = from; i < to; i++) work(patches[i]!);
  });
}

function origins(lengthPx: number): number[] {
  const count = Math.min(Math.max(Math.floor(lengthPx / PATCH_PX), 1), MAX_PATCHES);
  const lastPx = Math.max(lengthPx - PATCH_PX, 0);
  return Array.from({ length: count }, (_, i) => Math.round((i * lastPx) / Math.max(count - 1, 1)));
}
