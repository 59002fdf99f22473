import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/image/analysis.ts';
import { decode } from '../../src/image/decode.ts';
import { addNoise, flatPicture, gradientPicture, paint, toSharp } from '../support/pictures.ts';

const size = { widthPx: 160, heightPx: 160 };

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value) / values.length;
}

describe('the noise found', () => {
  it('is what was planted, within 10 %, on flat and on sloping ground', async () => {
    const sigmas = fc.double({ min: 1.5, max: 20, noNaN: true });
    const grounds = fc.constantFrom(flatPicture(size), gradientPicture(size));
    const property = fc.asyncProperty(grounds, sigmas, fc.nat(), async (ground, sigma, seed) => {
      const { noiseSigma } = await analyse(addNoise(ground, sigma, seed).rgb);
      expect(Math.abs(noiseSigma / sigma - 1)).toBeLessThan(0.1);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('is neither more nor less than what was planted, on average', async () => {
    const ratios = Array.from({ length: 20 }, async (_, seed) => {
      const sigma = 2 + seed / 2;
      return (await analyse(addNoise(flatPicture(size), sigma, seed).rgb)).noiseSigma / sigma;
    });
    expect(Math.abs(meanOf(await Promise.all(ratios)) - 1)).toBeLessThan(0.02);
  });

  it('is 0 where everything is clipped', async () => {
    const black = addNoise(flatPicture(size, [0, 0, 0]), 3, 1);
    expect((await analyse(black.rgb)).noiseSigma).toBe(0);
  });
});

describe('the blockiness found', () => {
  const photo = new URL('../../../../samples/chelsea.jpg', import.meta.url);

  it('rises when JPEG quality falls, wherever the grid of blocks lies', async () => {
    // At half size, the blocks of the sample itself are gone.
    const small = await sharp(await readFile(photo))
      .resize(200)
      .png()
      .toBuffer();
    const { picture } = await decode(small);
    const files = await Promise.all(
      [90, 70, 50, 30, 10].map(async (quality) => toSharp(picture).jpeg({ quality }).toBuffer()),
    );
    const at = async (file: Buffer, left: number, top: number): Promise<number> => {
      const crop = sharp(file).extract({ left, top, width: 180, height: 120 });
      const { picture: cropped } = await decode(await crop.png().toBuffer());
      return (await analyse(cropped.rgb)).blockiness;
    };
    const property = fc.asyncProperty(fc.nat(8), fc.nat(8), async (left, top) => {
      const found = await Promise.all(files.map(async (file) => at(file, left, top)));
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(found.at(-1)! - found[0]!).toBeGreaterThan(2);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it('is the step between blocks, whatever the size and the place of the grid', async () => {
    const step = fc.nat(16);
    const side = fc.integer({ min: 40, max: 200 });
    await fc.assert(
      fc.asyncProperty(step, fc.nat(7), fc.nat(7), side, async (...drawn) => {
        const [levels, left, top, sidePx] = drawn;
        const isLight = (x: number, y: number): boolean =>
          (((x + left) >> 3) + ((y + top) >> 3)) % 2 > 0;
        const at = (x: number, y: number): number[] =>
          Array(3).fill(isLight(x, y) ? 100 + levels : 100);
        const blocks = paint({ widthPx: sidePx, heightPx: sidePx }, at);
        expect((await analyse(blocks)).blockiness).toBe(levels);
      }),
      { numRuns: 30 },
    );
  });

  it('is almost 0 for a clean ramp, whatever its slope: its steps come from rounding', async () => {
    const slope = fc.oneof(
      fc.integer({ min: -16, max: 16 }).map((eighths) => eighths / 8),
      fc.double({ min: -2, max: 2, noNaN: true }),
    );
    const side = fc.integer({ min: 24, max: 60 });
    const property = fc.asyncProperty(slope, slope, side, async (...drawn) => {
      const [right, down, sidePx] = drawn;
      const at = (x: number, y: number): number[] =>
        Array(3).fill(128 + right * (x - sidePx / 2) + down * (y - sidePx / 2));
      const steps = paint({ widthPx: sidePx, heightPx: sidePx }, at);
      expect((await analyse(steps)).blockiness).toBeLessThan(0.1);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it.each([
    [75, 0.8],
    [40, 1.7],
  ])(
    'is on average what the share to remove expects of JPEG quality %i: %d',
    async (quality, expected) => {
      const found = await Promise.all(
        ['astronaut', 'chelsea', 'coffee', 'rocket'].map(async (name) => {
          // At 300 pixels, the blocks of the sample itself are gone.
          const small = sharp(await readFile(new URL(`${name}.jpg`, photo))).resize(300);
          const { picture } = await decode(await small.jpeg({ quality }).toBuffer());
          return (await analyse(picture.rgb)).blockiness;
        }),
      );
      expect(Math.abs(meanOf(found) - expected)).toBeLessThan(0.2);
    },
  );

  it('is almost 0 for noise, which has no grid', async () => {
    const noise = addNoise(flatPicture(size), 8, 1);
    expect((await analyse(noise.rgb)).blockiness).toBeLessThan(0.2);
  });
});
