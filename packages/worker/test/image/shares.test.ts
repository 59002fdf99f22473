import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coefficients } from '../../src/image/guided-filter.ts';
import { PlaneReader, toPlanes } from '../../src/image/planes.ts';
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

function plane(min: number, max: number): fc.Arbitrary<Float32Array> {
  const value = fc.double({ min, max, noNaN: true });
  return fc.array(value, { minLength: 9, maxLength: 9 }).map((all) => Float32Array.from(all));
}

/** Gentle slopes, so that some places are certain and others are not. */
const slope = plane(-0.2, 0.2);
const coefficients: fc.Arbitrary<Coefficients> = fc
  .tuple(slope, slope, slope, plane(-0.5, 1.5))
  .map((planes) => ofPlanes(planes));

function ofPlanes(planes: Coefficients['planes']): Coefficients {
  return { planes, ...SMALL };
}

describe('shares', () => {
  it('are never other than what is possible there, whatever the colours', () => {
    const property = fc.property(coefficients, fc.nat(), (linear, seed) => {
      const { data } = noisePicture(LARGE, seed).rgb;
      const reader = new PlaneReader(linear, LARGE);
      const possible = possibleShares(linear);
      const missed = Array.from({ length: data.length / 3 }, (_, i) => {
        const [col, row] = [i % LARGE.widthPx, Math.floor(i / LARGE.widthPx)];
        const share = shareAt(data, i * 3, reader.at(col, row));
        const bits = (share > 0 ? ABOVE_EMPTY : 0) | (share < 1 ? BELOW_FULL : 0);
        return bits & ~possible[reader.corner(col, row)]!;
      });
      expect(new Set(missed)).toEqual(new Set([0]));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['empty', 0, BELOW_FULL],
    ['full', 1, ABOVE_EMPTY],
    ['half', 0.5, ABOVE_EMPTY | BELOW_FULL],
  ])('that do not depend on colour are known: %s', (_, offset, bits) => {
    const none = new Float32Array(9);
    const linear = ofPlanes([none, none, none, none.map(() => offset)]);
    expect(new Set(possibleShares(linear))).toEqual(new Set([bits]));
  });

  it('are the same for a guide and for its pixels one by one', () => {
    const property = fc.property(coefficients, fc.nat(), (linear, seed) => {
      const { rgb } = noisePicture(SMALL, seed);
      const reader = new PlaneReader(linear, SMALL);
      for (const [i, share] of sharesOf(linear, toPlanes(rgb)).entries()) {
        expect(shareAt(rgb.data, i * 3, reader.at(i % 3, Math.floor(i / 3)))).toBeCloseTo(share, 5);
      }
    });
    fc.assert(property);
  });
});
