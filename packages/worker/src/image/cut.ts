import type { Raster } from './raster.ts';
import type { TilePlacement } from './tile-plan.ts';

/**
 * Copies one tile out of a raster. Beyond the right and bottom border the picture is continued by its mirror image, without
 * repeating the border pixel.
 * @param target `[T, T, C]`, interleaved: all of it is written
 */
export function cutTile(
  raster: Raster,
  { xPx, yPx }: Pick<TilePlacement, 'xPx' | 'yPx'>,
  tilePx: number,
  target: Uint8Array,
): void {
  const { data, widthPx, heightPx, channels } = raster;
  const insidePx = Math.min(tilePx, widthPx - xPx);
  for (let row = 0; row < tilePx; row++) {
    const sourceRow = mirrored(yPx + row, heightPx) * widthPx * channels;
    const targetRow = row * tilePx * channels;
    const from = sourceRow + xPx * channels;
    target.set(data.subarray(from, from + insidePx * channels), targetRow);
    for (let col = insidePx; col < tilePx; col++) {
      const source = sourceRow + mirrored(xPx + col, widthPx) * channels;
      for (let c = 0; c < channels; c++) target[targetRow + col * channels + c] = data[source + c]!;
    }
  }
}

/** The index in 0…n−1 that shows at `index` ≥ 0 when a line of n pixels goes back and forth for ever. */
function mirrored(index: number, n: number): number {
  if (index < n) return index;
  if (n === 1) return 0;
  const phase = index % (2 * n - 2);
  return phase < n ? phase : 2 * n - 2 - phase;
}
