import { OUTPUT_FORMATS } from '@imagen/contracts';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/image/decode.ts';
import { encode } from '../../src/image/encode.ts';
import { resizeStretched } from '../../src/image/resize.ts';
import type { Picture } from '../../src/image/picture.ts';
import { createRaster } from '../../src/image/raster.ts';
import {
  flatPicture,
  noisePicture,
  paint,
  pixelAt,
  sizes,
  withAlpha,
} from '../support/pictures.ts';

const size = { widthPx: 40, heightPx: 30 };
const noise = noisePicture(size, 5);
const grey: Picture = { rgb: paint(size, (x, y) => [x * 5 + y]) };

describe('a result', () => {
  it('as PNG is decoded to the same bytes, whatever the size and with or without alpha', async () => {
    const cases = fc.tuple(sizes(16), fc.nat(), fc.option(fc.nat(254)));
    await fc.assert(
      fc.asyncProperty(cases, async ([anySize, seed, alpha]) => {
        const opaque = noisePicture(anySize, seed);
        const picture = alpha === null ? opaque : withAlpha(opaque, (x) => (x + alpha) % 255);
        const { bytes } = await encode(picture, { format: 'png' });
        expect((await decode(bytes)).picture).toEqual(picture);
      }),
      { numRuns: 50 },
    );
  });

  it.each(OUTPUT_FORMATS)('as %s is what its content type says, tagged sRGB', async (format) => {
    const result = await encode(noise, { format });
    const metadata = await sharp(result.bytes).metadata();
    expect(result).toMatchObject({ ...size, format, contentType: `image/${format}`, notes: [] });
    expect(metadata).toMatchObject({ width: 40, height: 30, hasAlpha: false });
    expect(metadata.format).toBe(format === 'avif' ? 'heif' : format);
    expect(metadata.icc?.toString('latin1').replaceAll('\0', '')).toContain('sRGB');
    expect((await decode(result.bytes)).notes).toEqual([]);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)(
    'as %s is larger at a higher quality',
    async (format) => {
      const bytes = [10, 50, 95].map(
        async (quality) => (await encode(noise, { format, quality })).bytes,
      );
      const [low = 0, middle = 0, high = 0] = (await Promise.all(bytes)).map(
        ({ length }) => length,
      );
      expect(low).toBeLessThan(middle);
      expect(middle).toBeLessThan(high);
    },
  );

  it('as PNG has no quality', async () => {
    const results = [1, 100].map(async (quality) => encode(noise, { format: 'png', quality }));
    const [low, high] = await Promise.all(results);
    expect(low).toEqual(high);
  });

  it.each([
    ['jpeg', noise],
    ['png', withAlpha(noise, () => 9)],
    ['png', grey],
    ['png', flatPicture({ widthPx: 65_501, heightPx: 1 })],
  ])('without a format is %s where that suits the picture', async (format, picture) => {
    expect((await encode(picture)).format).toBe(format);
  });

  it.each(['png', 'jpeg'] as const)('that is grey has one channel as %s', async (format) => {
    const { bytes } = await encode(grey, { format, quality: 100 });
    expect(await sharp(bytes).metadata()).toMatchObject({ channels: 1, space: 'b-w' });
    const { rgb } = (await decode(bytes)).picture;
    const tolerance = format === 'png' ? 0 : 2;
    const isSame = (value: number, i: number): boolean =>
      Math.abs(value - rgb.data[i * 3]!) <= tolerance;
    expect(grey.rgb.data.every(isSame)).toBe(true);
  });

  it.each(['png', 'webp', 'avif'] as const)('with alpha keeps it as %s', async (format) => {
    const flat = withAlpha(flatPicture(size), (x) => (x < 20 ? 0 : 200));
    const { picture } = await decode((await encode(flat, { format })).bytes);
    expect(pixelAt(picture.alpha!, 5, 5)[0]).toBeLessThan(5);
    expect(Math.abs(pixelAt(picture.alpha!, 35, 5)[0]! - 200)).toBeLessThan(5);
  });

  it('with alpha is put on white as JPEG, with a note', async () => {
    const black = flatPicture(size, [0, 0, 0]);
    const result = await encode(
      withAlpha(black, (x) => (x < 20 ? 0 : 128)),
      { format: 'jpeg' },
    );
    const { rgb } = (await decode(result.bytes)).picture;
    expect(result.notes).toEqual(['transparency put on white: jpeg has none']);
    expect([...pixelAt(rgb, 5, 5)]).toEqual([255, 255, 255]);
    expect(Math.abs(pixelAt(rgb, 35, 5)[0]! - 127)).toBeLessThan(4);
  });

  it.each([
    ['jpeg', 65_500],
    ['webp', 16_383],
    ['avif', 16_384],
  ] as const)(
    'as %s may be %i pixels long, one more is IMAGE_TOO_LARGE',
    async (format, sidePx) => {
      const longest = await encode(flatPicture({ widthPx: sidePx, heightPx: 1 }), { format });
      expect(await sharp(longest.bytes).metadata()).toMatchObject({ width: sidePx });
      const longer = encode(flatPicture({ widthPx: 1, heightPx: sidePx + 1 }), { format });
      await expect(longer).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    },
  );
});

describe('stretching', () => {
  it('gives exactly the size asked for, and keeps an even colour', async () => {
    const cases = fc.tuple(sizes(20), sizes(20), fc.constantFrom(1 as const, 3 as const));
    await fc.assert(
      fc.asyncProperty(cases, async ([from, to, channels]) => {
        const raster = createRaster(from, channels);
        raster.data.fill(77);
        const stretched = createRaster(to, channels);
        stretched.data.fill(77);
        expect(await resizeStretched(raster, to)).toEqual(stretched);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps left and right, top and bottom, red and blue apart', async () => {
    const corners = paint({ widthPx: 2, heightPx: 2 }, (x, y) => [x * 255, y * 255, 0]);
    const large = await resizeStretched(corners, { widthPx: 20, heightPx: 30 });
    expect([...pixelAt(large, 0, 29)]).toEqual([0, 255, 0]);
    expect([...pixelAt(large, 19, 0)]).toEqual([255, 0, 0]);
  });
});
