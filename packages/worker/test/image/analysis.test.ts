import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, type EnhanceOptions, enhanceParams } from '../../src/image/analysis.ts';
import { samplePatches } from '../../src/image/patches.ts';
import type { Picture } from '../../src/image/picture.ts';
import { createRaster } from '../../src/image/raster.ts';
import { addNoise, flatPicture, paint, type Rgb, sizes } from '../support/pictures.ts';

const size = { widthPx: 160, heightPx: 160 };
const byte = fc.nat(255);
const colours = fc.tuple(byte, byte, byte);
/** Pictures of any size, colour and noise, clipped ones among them. */
const pictures = fc
  .tuple(sizes(16), colours, fc.double({ min: 0, max: 80, noNaN: true }), fc.nat())
  .map(([anySize, colour, sigma, seed]) => addNoise(flatPicture(anySize, colour), sigma, seed));
const options: fc.Arbitrary<EnhanceOptions> = fc.record({
  strength: fc.double({ min: 0, max: 1, noNaN: true }),
  autoTone: fc.boolean(),
  sharpen: fc.double({ min: 0, max: 2, noNaN: true }),
});
const PLAIN: EnhanceOptions = { strength: 1, autoTone: true, sharpen: 0 };
/** Grey from black to white on the diagonal: nothing to mend. */
const ramp: Picture = { rgb: paint(size, (x, y) => Array(3).fill(x + y - 32)) };

/** PARAMS of a picture, by the names that the model's description gives them. */
async function paramsOf(
  { rgb }: Picture,
  how: EnhanceOptions = PLAIN,
): Promise<Record<string, number>> {
  const values = enhanceParams(await analyse(rgb), how);
  return Object.fromEntries(MODEL_PARAMS.map(({ name }, i) => [name, values[i]!]));
}

/** Rows such as "| 3 `gamma` | 1 | 0.4–2.5 | … |" of the table in enhance's MODEL.md. */
const description = await readFile(
  new URL('../../../../triton/model_repository/enhance/MODEL.md', import.meta.url),
  'utf8',
);
const MODEL_PARAMS = [
  ...description
    .replaceAll('−', '-')
    .matchAll(/^\| \d `(?<name>[^`]+)` \| (?<neutral>\S+) \| (?<least>-?[\d.]+)–(?<most>\S+) \|/gm),
].map(({ groups: { name = '', ...numbers } = {} }) => {
  const [neutral = Number.NaN, least = Number.NaN, most = Number.NaN] =
    Object.values(numbers).map(Number);
  return { name, neutral, least, most };
});
const NEUTRAL = Object.fromEntries(MODEL_PARAMS.map(({ name, neutral }) => [name, neutral]));

describe('the PARAMS of enhance', () => {
  it('are in the ranges its MODEL.md states, for any picture and any options', async () => {
    expect(MODEL_PARAMS).toHaveLength(9);
    const property = fc.asyncProperty(pictures, options, async (picture, how) => {
      const params = enhanceParams(await analyse(picture.rgb), how);
      const isInRange = MODEL_PARAMS.map(({ least, most }, i) =>
        // Bounds as FP32 has them: 0.88 is a little below 0.88 there.
        [params[i]! >= Math.fround(least), params[i]! <= Math.fround(most)].every(Boolean),
      );
      expect(isInRange).toEqual(Array(params.length).fill(true));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('are neutral for a clean, well-exposed picture', async () => {
    expect(await paramsOf(ramp)).toEqual(NEUTRAL);
  });

  it('are neutral for every flat picture when tones are to stay', async () => {
    await fc.assert(
      fc.asyncProperty(sizes(16), colours, async (anySize, colour) => {
        const how = { ...PLAIN, autoTone: false };
        expect(await paramsOf(flatPicture(anySize, colour), how)).toEqual(NEUTRAL);
      }),
    );
  });

  it('remove more, the more strength and the more noise; nothing at strength 0', async () => {
    const denoise = async (strength: number, sigma: number): Promise<number> => {
      const noisy = addNoise(flatPicture(size), sigma, 1);
      return (await paramsOf(noisy, { ...PLAIN, strength }))['denoise']!;
    };
    const strengths = [0, 0.2, 0.5, 1].map(async (strength) => denoise(strength, 5));
    const sigmas = [0, 2, 4, 6, 10].map(async (sigma) => denoise(1, sigma));
    const [byStrength, bySigma] = [await Promise.all(strengths), await Promise.all(sigmas)];
    expect(byStrength[0]).toBe(0);
    expect(bySigma.at(-1)).toBe(1);
    for (const values of [byStrength, bySigma]) {
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(new Set([...byStrength, ...bySigma]).size).toBeGreaterThan(6);
  });

  it('pass sharpen on as it is', async () => {
    expect(await paramsOf(ramp, { ...PLAIN, sharpen: 1.5 })).toEqual({ ...NEUTRAL, sharpen: 1.5 });
  });

  it.each<[string, Rgb, Record<string, number>]>([
    ['brighten a dark picture', [60, 60, 60], { gamma: -1, 'red gain': 0, 'blue gain': 0 }],
    ['darken a bright picture', [220, 220, 220], { gamma: 1, 'red gain': 0, 'blue gain': 0 }],
    ['brighten black', [0, 0, 0], { gamma: -1, 'red gain': 0, 'blue gain': 0 }],
    ['darken white', [255, 255, 255], { gamma: 1, 'red gain': 0, 'blue gain': 0 }],
    ['cool a warm cast', [125, 120, 115], { gamma: 0, 'red gain': -1, 'blue gain': 1 }],
    ['warm a cold cast', [115, 120, 125], { gamma: 0, 'red gain': 1, 'blue gain': -1 }],
    ['leave a colour alone', [180, 110, 60], { gamma: 0, 'red gain': 0, 'blue gain': 0 }],
  ])('%s', async (_, colour, signs) => {
    const params = await paramsOf(flatPicture(size, colour));
    for (const [name, sign] of Object.entries(signs)) {
      expect([name, Math.sign(params[name]! - 1)]).toEqual([name, sign]);
    }
  });

  it('stretch a washed-out picture', async () => {
    const dull: Picture = { rgb: paint(size, (x, y) => Array(3).fill(60 + (x + y) / 3)) };
    const params = await paramsOf(dull);
    expect(params['black']).toBeGreaterThan(0);
    expect(params['white']).toBeLessThan(1);
  });
});

describe('patches', () => {
  it('lie inside the picture and reach its border, at most 48 × 48 of them', () => {
    const property = fc.property(fc.integer({ min: 16, max: 5000 }), (widthPx) => {
      const patches = samplePatches(createRaster({ widthPx, heightPx: 20 }, 3));
      const origins = patches.map(({ xPx }) => xPx);
      expect(new Set(origins).size).toBe(Math.min(Math.floor(widthPx / 16), 48));
      expect(Math.max(...origins)).toBe(widthPx < 32 ? 0 : widthPx - 16);
      expect(Math.min(...origins)).toBe(0);
    });
    fc.assert(property);
  });

  it('of a large picture are a sample, so that it takes no longer than a smaller one', () => {
    const large = samplePatches(createRaster({ widthPx: 4000, heightPx: 3000 }, 3));
    expect(large).toHaveLength(48 * 48);
  });

  it('of a picture smaller than one are one, continued by its mirror image', () => {
    const [patch, ...others] = samplePatches(flatPicture({ widthPx: 3, heightPx: 1 }).rgb);
    expect(others).toEqual([]);
    expect(patch?.data).toEqual(flatPicture({ widthPx: 16, heightPx: 16 }).rgb.data);
  });
});
