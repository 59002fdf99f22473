import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coefficients } from '../../src/image/guided-filter.ts';
import { MapReader, toMaps } from '../../src/image/maps.ts';
import type { Raster } from '../../src/image/raster.ts';
import {
  ABOVE_EMPTY,
  BELOW_FULL,
  possibleShares,
  shareAt,
  sharesOf,
} from '../../src/image/shares.ts';
import { noisePicture } from '../support/pictures.ts';

const SMALL = { widthPx: 3, heightPx: 3 };
const LARGE = { widthPx: 11, heightPx: 8 };

/** Gentle slopes, so that some places are certain and others are not. */
const slope = fc.double({ min: -0.2, max: 0.2, noNaN: true });
const offset = fc.double({ min: -0.5, max: 1.5, noNaN: true });
const coefficients: fc.Arbitrary<Coefficients> = fc
  .array(fc.tuple(slope, slope, slope, offset), { minLength: 9, maxLength: 9 })
  .map((pixels) => ofPixels(pixels));

function ofPixels(pixels: readonly (readonly number[])[]): Coefficients {
  return { ...SMALL, channels: 4, data: Float32Array.from(pixels.flat()) };
}

/** The shares of all pixels of a raster, one by one. */
function sharesAt(raster: Raster, linear: Coefficients): number[] {
  const { data, widthPx } = raster;
  const reader = new MapReader(linear, raster);
  return Array.from({ length: data.length / 3 }, (_, i) => {
    const [col, row] = [i % widthPx, Math.floor(i / widthPx)];
    reader.read(row, col, col + 1);
    return shareAt(data, i * 3, reader.at(col));
  });
}

describe('shares', () => {
  it('are never other than what is possible there, whatever the colours', async () => {
    const property = fc.asyncProperty(coefficients, fc.nat(), async (linear, seed) => {
      const { rgb } = noisePicture(LARGE, seed);
      const reader = new MapReader(linear, LARGE);
      const possible = await possibleShares(linear);
      const missed = sharesAt(rgb, linear).map((share, i) => {
        const [col, row] = [i % LARGE.widthPx, Math.floor(i / LARGE.widthPx)];
        const bits = (share > 0 ? ABOVE_EMPTY : 0) | (share < 1 ? BELOW_FULL : 0);
        return bits & ~possible[reader.corner(col, row)]!;
      });
      expect(new Set(missed)).toEqual(new Set([0]));
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['empty', 0, BELOW_FULL],
    ['full', 1, ABOVE_EMPTY],
    ['half', 0.5, ABOVE_EMPTY | BELOW_FULL],
  ])('that do not depend on colour are known: %s', async (_, share, bits) => {
    const linear = ofPixels(Array.from({ length: 9 }, () => [0, 0, 0, share]));
    expect(new Set(await possibleShares(linear))).toEqual(new Set([bits]));
  });

  it('are the same for a guide and for its pixels one by one', async () => {
    const property = fc.asyncProperty(coefficients, fc.nat(), async (linear, seed) => {
      const { rgb } = noisePicture(SMALL, seed);
      const shares = sharesAt(rgb, linear);
      for (const [i, share] of (await sharesOf(linear, await toMaps(rgb))).data.entries()) {
        expect(shares[i]).toBeCloseTo(share, 5);
      }
    });
    await fc.assert(property);
  });
});
