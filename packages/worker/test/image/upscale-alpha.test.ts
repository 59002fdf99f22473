import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Raster, scaled } from '../../src/image/raster.ts';
import { upscaleAlpha } from '../../src/image/upscale-alpha.ts';
import { paint, pixelAt, sizes } from '../support/pictures.ts';

/** A disc of radius 20 around 25, 25, its edge `softPx` wide, all of it drawn `scale` times as large. */
function disc(softPx: number, scale = 1): Raster {
  const centre = 25 * scale - 0.5;
  return paint(scaled({ widthPx: 50, heightPx: 50 }, scale), (x, y) => {
    const insidePx = 20 * scale - Math.hypot(x - centre, y - centre);
    return [255 * (0.5 + insidePx / (softPx * scale))];
  });
}

/** An alpha of independent values. */
const scattered = (value: fc.Arbitrary<number>): fc.Arbitrary<Raster> =>
  fc
    .tuple(sizes(8), fc.infiniteStream(value))
    .map(([size, values]) => paint(size, () => [values.next().value ?? 0]));

/** Noise, masks without soft edges, islands, holes, discs. */
const alphas = fc.oneof(
  scattered(fc.nat(255)),
  scattered(fc.constantFrom(0, 255)),
  scattered(fc.constantFrom(0, 0, 0, 0, 0, 1, 128, 254, 255)),
  scattered(fc.constantFrom(255, 255, 255, 255, 0)),
  scattered(fc.constantFrom(128, 128, 128, 128, 128, 128, 128, 128, 0, 255)),
  fc.double({ min: 0.5, max: 12, noNaN: true }).map((softPx) => disc(softPx)),
);
const scales = fc.constantFrom(2, 3, 4);

/** The values of a square, as far as it lies inside. */
function valuesIn(alpha: Raster, left: number, top: number, side: number): number[] {
  const places = Array.from({ length: side * side }, (_, i) => ({
    x: left + (i % side),
    y: top + Math.floor(i / side),
  }));
  return places
    .filter(({ x, y }) => x >= 0 && y >= 0 && x < alpha.widthPx && y < alpha.heightPx)
    .map(({ x, y }) => pixelAt(alpha, x, y)[0]!);
}

/** The block that the pixel at `x`, `y` is at `scale` times the size. */
function blockAt(result: Raster, scale: number, x: number, y: number): number[] {
  return valuesIn(result, x * scale, y * scale, scale);
}

/** The means of all blocks: the raster downscaled by area. Not rounded. */
function blockMeans(result: Raster, scale: number): number[] {
  const size = scaled(result, 1 / scale);
  return Array.from({ length: size.widthPx * size.heightPx }, (_, i) =>
    mean(blockAt(result, scale, i % size.widthPx, Math.floor(i / size.widthPx))),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How far each value is from its counterpart. */
function misses(values: ArrayLike<number>, others: ArrayLike<number>): number[] {
  return Array.from(values, (value, i) => Math.abs(value - others[i]!));
}

function mirrored(raster: Raster): Raster {
  return paint(raster, (x, y) => pixelAt(raster, raster.widthPx - 1 - x, y));
}

function transposed(raster: Raster): Raster {
  const { widthPx, heightPx } = raster;
  return paint({ widthPx: heightPx, heightPx: widthPx }, (x, y) => pixelAt(raster, y, x));
}

describe('upscaled alpha', () => {
  it('downscaled by area is the source, but for rounding, even where that is noise', async () => {
    await fc.assert(
      fc.asyncProperty(alphas, scales, async (alpha, scale) => {
        const result = await upscaleAlpha(alpha, scale);
        expect(result).toMatchObject({ ...scaled(alpha, scale), channels: 1 });
        expect(Math.max(...misses(blockMeans(result, scale), alpha.data))).toBeLessThan(0.53);
      }),
    );
  });

  it('keeps to the values around each pixel: nothing rings, and what is flat or opaque stays so', async () => {
    await fc.assert(
      fc.asyncProperty(alphas, scales, async (alpha, scale) => {
        const result = await upscaleAlpha(alpha, scale);
        const keepsTo = (x: number, y: number): boolean => {
          const around = valuesIn(alpha, x - 1, y - 1, 3);
          const [least, most] = [Math.min(...around), Math.max(...around)];
          return blockAt(result, scale, x, y).every((value) => value >= least && value <= most);
        };
        expect(paint(alpha, (x, y) => [keepsTo(x, y) ? 1 : 0]).data).not.toContain(0);
      }),
    );
  });

  it.each([
    ['mirrored', mirrored],
    ['transposed', transposed],
  ])('is %s where the source is, within one level', async (_, turned) => {
    await fc.assert(
      fc.asyncProperty(alphas, scales, async (alpha, scale) => {
        const result = await upscaleAlpha(turned(alpha), scale);
        const expected = turned(await upscaleAlpha(alpha, scale));
        expect(Math.max(...misses(result.data, expected.data))).toBeLessThanOrEqual(1);
      }),
    );
  });

  // Plain interpolation misses the sharp edge by 26 levels and more; steepened, the soft one would be missed by 24.
  it.each([
    { edge: 'sharp', scale: 2, softPx: 1 / 2, limit: 8 },
    { edge: 'sharp', scale: 4, softPx: 1 / 4, limit: 8 },
    { edge: 'soft', scale: 2, softPx: 4, limit: 3 },
    { edge: 'soft', scale: 4, softPx: 4, limit: 3 },
  ])('of a $edge edge downscaled ×$scale is that edge again', async ({ scale, softPx, limit }) => {
    const drawn = disc(softPx, scale);
    const means = blockMeans(drawn, scale);
    const alpha = paint({ widthPx: 50, heightPx: 50 }, (x, y) => [means[y * 50 + x]!]);
    const result = await upscaleAlpha(alpha, scale);
    const isOnEdge = (i: number): boolean => {
      const [x, y] = [i % result.widthPx, Math.floor(i / result.widthPx)];
      const [value] = pixelAt(alpha, Math.floor(x / scale), Math.floor(y / scale));
      return value! > 0 && value! < 255;
    };
    const onEdge = misses(result.data, drawn.data).filter((_, i) => isOnEdge(i));
    expect(mean(onEdge)).toBeLessThan(limit);
  });

  it('lets other work go on while it is made', async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const strips = paint({ widthPx: 200, heightPx: 200 }, () => [0]);
    await upscaleAlpha(strips, 2);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(4);
  });
});
