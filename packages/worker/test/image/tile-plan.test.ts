import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../src/image/raster.ts';
import { planTiles, type TileFacts } from '../../src/image/tile-plan.ts';
import { sizes } from '../support/pictures.ts';
import { mirroredSidePx, smallFacts } from '../support/tile-models.ts';

const cases = fc.tuple(sizes(20), smallFacts());

/** Kept parts that hold each pixel, row by row. */
function coverage(size: Size, facts: TileFacts): number[] {
  const counts = Array.from({ length: size.widthPx * size.heightPx }, () => 0);
  for (const { leftPx, rightPx, topPx, bottomPx } of planTiles(size, facts).tiles) {
    for (let y = topPx; y < bottomPx; y++) {
      for (let x = leftPx; x < rightPx; x++) counts[y * size.widthPx + x]! += 1;
    }
  }
  return counts;
}

describe('a plan', () => {
  it('keeps every pixel of the picture from exactly one tile, and none beyond', () => {
    fc.assert(
      fc.property(cases, ([size, facts]) => {
        const counts = coverage(size, facts);
        expect(counts).toHaveLength(size.widthPx * size.heightPx);
        expect(counts.every((count) => count === 1)).toBe(true);
      }),
    );
  });

  it('starts tiles at aligned places inside the mirrored picture', () => {
    fc.assert(
      fc.property(cases, ([size, facts]) => {
        for (const { xPx, yPx } of planTiles(size, facts).tiles) {
          expect([xPx % facts.originAlignPx, yPx % facts.originAlignPx]).toEqual([0, 0]);
          expect(Math.min(xPx, yPx)).toBeGreaterThanOrEqual(0);
          expect(xPx + facts.tilePx).toBeLessThanOrEqual(mirroredSidePx(size.widthPx, facts));
          expect(yPx + facts.tilePx).toBeLessThanOrEqual(mirroredSidePx(size.heightPx, facts));
        }
      }),
    );
  });

  it("keeps only pixels at least a halo from their tile's edge, unless that is the picture's border", () => {
    fc.assert(
      fc.property(cases, ([size, facts]) => {
        for (const tile of planTiles(size, facts).tiles) {
          const margins = [
            tile.xPx === 0 || tile.leftPx - tile.xPx,
            tile.yPx === 0 || tile.topPx - tile.yPx,
            tile.rightPx === size.widthPx || tile.xPx + facts.tilePx - tile.rightPx,
            tile.bottomPx === size.heightPx || tile.yPx + facts.tilePx - tile.bottomPx,
          ];
          expect(margins.every((px) => px === true || px >= facts.haloPx)).toBe(true);
        }
      }),
    );
  });

  it('needs one tile for a picture that fits into it, and no more than strides demand', () => {
    const facts = { tilePx: 256, haloPx: 12, originAlignPx: 1, scale: 4 };
    const columns = (widthPx: number): number =>
      planTiles({ widthPx, heightPx: 1 }, facts).tiles.length;
    expect([1, 255, 256, 257, 488, 489, 720].map(columns)).toEqual([1, 1, 1, 2, 2, 3, 3]);
  });

  it('is for a result `scale` times the picture', () => {
    fc.assert(
      fc.property(sizes(20), smallFacts(4), (size, facts) => {
        const { widthPx, heightPx } = planTiles(size, facts);
        expect([widthPx, heightPx]).toEqual([4 * size.widthPx, 4 * size.heightPx]);
      }),
    );
  });
});

describe('a model whose tiles cannot be laid is MODEL_CONTRACT:', () => {
  it.each([
    ['halos that leave nothing', { tilePx: 16, haloPx: 8, originAlignPx: 1 }],
    ['halos that leave less than an alignment', { tilePx: 16, haloPx: 7, originAlignPx: 4 }],
    ['a side that is no multiple of the alignment', { tilePx: 18, haloPx: 2, originAlignPx: 4 }],
  ])('%s', (_, facts) => {
    const plan = (): unknown => planTiles({ widthPx: 64, heightPx: 64 }, { ...facts, scale: 1 });
    expect(plan).toThrow(expect.objectContaining({ code: 'MODEL_CONTRACT' }));
  });
});
