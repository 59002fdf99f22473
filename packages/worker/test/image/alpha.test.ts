import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bleedColour, restoreAlpha } from '../../src/image/alpha.ts';
import { type Picture, splitRgba, toRgba } from '../../src/image/picture.ts';
import { scaled } from '../../src/image/raster.ts';
import {
  flatPicture,
  gradientPicture,
  noisePicture,
  paint,
  pixelAt,
  sizes,
  withAlpha,
} from '../support/pictures.ts';

/** Pictures with alpha of any kind: opaque, transparent, islands, single pixels, edges. */
const pictures = fc
  .tuple(sizes(16), fc.nat(), fc.infiniteStream(fc.constantFrom(0, 0, 0, 3, 7, 8, 128, 255)))
  .map(([size, seed, alphas]) =>
    withAlpha(noisePicture(size, seed), () => alphas.next().value ?? 0),
  );

/** The colour of the pixels whose alpha fits, one `[r, g, b]` each. */
function colours({ rgb, alpha }: Picture, fits: (alpha: number) => boolean): Uint8Array[] {
  return Array.from(alpha?.data ?? [], (value, i) => ({ value, i }))
    .filter(({ value }) => fits(value))
    .map(({ i }) => rgb.data.slice(i * 3, i * 3 + 3));
}
const isColoured = (alpha: number): boolean => alpha >= 8;

describe('bleeding colour', () => {
  it('keeps the colour of every pixel that shows, and the alpha of all', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (picture) => {
        const bled = await bleedColour(picture);
        expect(colours(bled, isColoured)).toEqual(colours(picture, isColoured));
        expect(bled.alpha).toEqual(picture.alpha);
      }),
    );
  });

  it('gives every pixel that does not show a mixture of colours that do', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (picture) => {
        const shown = colours(picture, isColoured);
        fc.pre(shown.length > 0);
        const filled = colours(await bleedColour(picture), (alpha) => !isColoured(alpha));
        for (const c of [0, 1, 2]) {
          const levels = shown.map((colour) => colour[c]!);
          const [least, most] = [Math.min(...levels), Math.max(...levels)];
          expect(filled.every((colour) => colour[c]! >= least && colour[c]! <= most)).toBe(true);
        }
      }),
    );
  });

  it('never writes to the picture it is given', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async (picture) => {
        const before = structuredClone(picture);
        await bleedColour(picture);
        expect(picture).toEqual(before);
      }),
    );
  });

  it('takes the colour beside the hole, not one from across the picture', async () => {
    const size = { widthPx: 256, heightPx: 256 };
    const { rgb } = gradientPicture(size);
    const isHole = (x: number, y: number): boolean => ((x >> 4) + (y >> 4)) % 2 === 0;
    const holed = paint(size, (x, y) => (isHole(x, y) ? [255, 0, 255] : pixelAt(rgb, x, y)));
    const bled = await bleedColour(withAlpha({ rgb: holed }, (x, y) => (isHole(x, y) ? 0 : 255)));
    // A hole at the border has colour on one side only: 16 px of the gradient are 10 levels.
    const isNear = (value: number, i: number): boolean => Math.abs(value - rgb.data[i]!) <= 12;
    expect(bled.rgb.data.every(isNear)).toBe(true);
  });

  it.each([
    ['opaque', flatPicture({ widthPx: 9, heightPx: 9 })],
    ['wholly transparent', withAlpha(noisePicture({ widthPx: 9, heightPx: 9 }, 1), () => 0)],
    ['half transparent', withAlpha(noisePicture({ widthPx: 9, heightPx: 9 }, 1), () => 128)],
  ])('hands a picture that is %s back itself', async (_, picture) => {
    expect(await bleedColour(picture)).toBe(picture);
  });
});

describe('restoring alpha', () => {
  const size = { widthPx: 9, heightPx: 5 };

  it('of the same size keeps every value', async () => {
    const source = withAlpha(noisePicture(size, 1), (x, y) => 20 * x + y);
    const { rgb } = noisePicture(size, 2);
    expect(await restoreAlpha(rgb, source)).toEqual({ rgb, alpha: source.alpha });
  });

  it('of an opaque source leaves the result opaque', async () => {
    const { rgb } = noisePicture(size, 2);
    expect(await restoreAlpha(rgb, flatPicture(size))).toEqual({ rgb });
  });

  it.each([2, 4])('enlarges it ×%i with the result', async (scale) => {
    const source = withAlpha(flatPicture(size), () => 77);
    const { rgb } = flatPicture(scaled(size, scale));
    const { alpha } = withAlpha({ rgb }, () => 77);
    expect(await restoreAlpha(rgb, source)).toEqual({ rgb, alpha });
  });

  it('keeps the colour space', async () => {
    const { rgb } = flatPicture(scaled(size, 2));
    const source = { ...withAlpha(flatPicture(size), () => 77), space: 'display-p3' as const };
    expect(await restoreAlpha(rgb, source)).toMatchObject({ rgb, space: 'display-p3' });
  });
});

describe('RGBA', () => {
  it('taken apart and put together is what it was', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async ({ rgb, alpha = rgb }) => {
        fc.pre(alpha.data.some((value) => value < 255));
        expect(splitRgba(await toRgba(rgb, alpha), rgb)).toEqual({ rgb, alpha });
      }),
    );
  });

  it('that is opaque has no alpha', () => {
    const size = { widthPx: 2, heightPx: 1 };
    const rgba = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255);
    expect(splitRgba(rgba, size)).toEqual({
      rgb: { ...size, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    });
  });
});
