import { JobError } from '../errors.ts';
import type { Raster } from './raster.ts';
import type { TileFacts, TilePlacement } from './tile-plan.ts';

/**
 * Copies the kept part of one tile's RESULT into the output raster, which is `scale` times the picture.
 * @param result `[sT, sT, C]` UINT8, interleaved; not kept
 * @throws JobError MODEL_CONTRACT when `result` has another length
 */
export function stitchTile(
  output: Raster,
  result: Uint8Array,
  tile: TilePlacement,
  { tilePx, scale }: Pick<TileFacts, 'tilePx' | 'scale'>,
): void {
  const { data, widthPx, channels } = output;
  const sidePx = tilePx * scale;
  checkResult(result, sidePx, channels);
  const keptBytes = (tile.rightPx - tile.leftPx) * scale * channels;
  for (let row = tile.topPx * scale; row < tile.bottomPx * scale; row++) {
    const from = ((row - tile.yPx * scale) * sidePx + (tile.leftPx - tile.xPx) * scale) * channels;
    const to = (row * widthPx + tile.leftPx * scale) * channels;
    data.set(result.subarray(from, from + keptBytes), to);
  }
}

/**
 * Checks that RESULT is a square of `sidePx` pixels.
 * @throws JobError MODEL_CONTRACT when it has another length
 */
export function checkResult(result: Uint8Array, sidePx: number, channels: number): void {
  const expected = sidePx * sidePx * channels;
  if (result.length === expected) return;
  throw new JobError(
    'MODEL_CONTRACT',
    `RESULT has ${result.length} bytes instead of ${expected} (${sidePx}x${sidePx}x${channels}); deploy the model version that fits this worker`,
  );
}
