import fc from 'fast-check';
import type { Size } from '../packages/worker/src/image/raster.ts';
import type { TileFacts } from '../packages/worker/src/image/tile-plan.ts';

/** How many sizes each model is tried with. */
const SIZES = 50;

/** Sizes that find mistakes in tiling, then random ones up to {@link SIZES}: the same for the same seed. */
export function sizesFor(facts: TileFacts, seed: number): Size[] {
  const fixed = fixedSizes(facts);
  return [...fixed, ...fc.sample(randomSize(facts), { seed, numRuns: SIZES - fixed.length })];
}

function fixedSizes({ tilePx, haloPx }: TileFacts): Size[] {
  const stridePx = tilePx - 2 * haloPx;
  const sides: [widthPx: number, heightPx: number][] = [
    [1, 1],
    [2, 3],
    [31, 61],
    [127, 113],
    [tilePx - 1, tilePx - 1],
    [tilePx, tilePx],
    [tilePx + 1, tilePx + 1],
    [tilePx + 1, tilePx],
    [tilePx, tilePx + 1],
    [521, 13],
    [11, 263],
    [2 * stridePx + 1, 5],
    [tilePx + 2 * stridePx, 5],
    [4, tilePx + 2 * stridePx + 1],
    [7, 3000],
    [3000, 7],
  ];
  return sides.map(([widthPx, heightPx]) => ({ widthPx, heightPx }));
}

/** Mostly one tile, which is quick, or two; now and then four. */
function randomSize({ tilePx }: TileFacts): fc.Arbitrary<Size> {
  const short = fc.integer({ min: 1, max: tilePx });
  const long = fc.integer({ min: tilePx + 1, max: Math.round(1.2 * tilePx) });
  const sides = fc.oneof(
    { weight: 28, arbitrary: fc.tuple(short, short) },
    { weight: 3, arbitrary: fc.tuple(short, long) },
    { weight: 3, arbitrary: fc.tuple(long, short) },
    { weight: 1, arbitrary: fc.tuple(long, long) },
  );
  return sides.map(([widthPx, heightPx]) => ({ widthPx, heightPx }));
}
