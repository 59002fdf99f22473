import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateForeground, refineMatte } from '../../src/image/matte.ts';
import type { Raster, Size } from '../../src/image/raster.ts';
import { addNoise, paint, pixelAt, type Rgb } from '../support/pictures.ts';

const SIZE: Size = { widthPx: 300, heightPx: 200 };
const CENTRE = { x: 160, y: 90, radiusPx: 60 };
const SUBJECT: Rgb = [190, 60, 40];
const BACKGROUND: Rgb = [40, 110, 170];

/** Share of the subject at a place: a disc, soft over `softPx`. */
function discAt(x: number, y: number, softPx = 1): number {
  const beyond = Math.hypot(x - CENTRE.x, y - CENTRE.y) - CENTRE.radiusPx;
  return Math.min(Math.max(0.5 - beyond / softPx, 0), 1);
}

/** The disc before its background, with a little noise; `softPx` as in {@link discAt}. */
function scene(softPx: number): Raster {
  const rgb = paint(SIZE, (x, y) => {
    const share = discAt(x, y, softPx);
    return SUBJECT.map((value, c) => value * share + BACKGROUND[c]! * (1 - share));
  });
  return addNoise({ rgb }, 2, 1).rgb;
}

/** A model's mask of the scene, stretched to 64 × 64 and blurred: about 5 × 3 pixels of the picture each. */
function coarseMask(): Raster {
  const side = { widthPx: 64, heightPx: 64 };
  return paint(side, (x, y) => [
    255 * discAt(((x + 0.5) * SIZE.widthPx) / 64, ((y + 0.5) * SIZE.heightPx) / 64, 20),
  ]);
}

describe('a refined matte', () => {
  it('has the size of the picture, whatever that is', async () => {
    const side = fc.constantFrom(1, 2, 3, 9, 17, 130, 900);
    await fc.assert(
      fc.asyncProperty(side, side, async (widthPx, heightPx) => {
        const rgb = paint({ widthPx, heightPx }, () => [90, 90, 90]);
        const matte = await refineMatte(coarseMask(), rgb);
        expect(matte).toMatchObject({ widthPx, heightPx, channels: 1 });
        expect(matte.data).toHaveLength(widthPx * heightPx);
      }),
      { numRuns: 20 },
    );
  });

  it('follows the edge of the picture closer than the mask it came from', async () => {
    const matte = await refineMatte(coarseMask(), scene(1));
    const wrong = matte.data.filter(
      (value, i) => Math.abs(value / 255 - discAt(i % 300, Math.floor(i / 300))) > 0.5,
    );
    expect(wrong.length / matte.data.length).toBeLessThan(0.001);
    expect(pixelAt(matte, CENTRE.x, CENTRE.y)[0]).toBe(255);
    expect(pixelAt(matte, 5, 5)[0]).toBe(0);
  });

  it.each([0, 255])('of a mask that is %i everywhere is the same everywhere', async (value) => {
    const mask = paint({ widthPx: 64, heightPx: 64 }, () => [value]);
    const matte = await refineMatte(mask, scene(1));
    expect(new Set(matte.data)).toEqual(new Set([value]));
  });
});

describe('the foreground', () => {
  const matte = paint(SIZE, (x, y) => [255 * discAt(x, y, 8)]);

  it('is the picture itself where the matte is full, and black where nothing is left', async () => {
    const rgb = scene(8);
    const subject = await estimateForeground(rgb, matte);
    expect(pixelAt(subject, CENTRE.x, CENTRE.y)).toEqual(pixelAt(rgb, CENTRE.x, CENTRE.y));
    expect([...pixelAt(subject, 5, 5)]).toEqual([0, 0, 0]);
  });

  it('has the old background taken out of the soft edge', async () => {
    const [rgb, x] = [scene(8), CENTRE.x + CENTRE.radiusPx];
    const subject = await estimateForeground(rgb, matte);
    const away = (raster: Raster): number =>
      Math.max(...SUBJECT.map((value, c) => Math.abs(value - pixelAt(raster, x, CENTRE.y)[c]!)));
    expect(away(rgb)).toBeGreaterThan(50);
    expect(away(subject)).toBeLessThan(15);
  });
});
