import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxMean, PlaneReader } from '../../src/image/planes.ts';
import type { Size } from '../../src/image/raster.ts';

const size = fc.record({
  widthPx: fc.integer({ min: 1, max: 12 }),
  heightPx: fc.integer({ min: 1, max: 12 }),
});

/** A plane of this size with any values 0–1. */
function planeOf({ widthPx, heightPx }: Size): fc.Arbitrary<Float32Array> {
  const length = widthPx * heightPx;
  const value = fc.float({ min: 0, max: 1, noNaN: true });
  return fc
    .array(value, { minLength: length, maxLength: length })
    .map((all) => Float32Array.from(all));
}

const sizedPlane = size.chain((own) => fc.record({ own: fc.constant(own), plane: planeOf(own) }));

/** All rows of one plane read at a size. */
function read(plane: Float32Array, own: Size, at: Size): number[][] {
  const reader = new PlaneReader({ planes: [plane], ...own }, at);
  return Array.from({ length: at.heightPx }, (_, row) =>
    Array.from({ length: at.widthPx }, (__, col) => reader.at(col, row)[0]!),
  );
}

/** Mean of a window, the slow way; outside, border pixels repeat. */
function slowMean(plane: Float32Array, { widthPx, heightPx }: Size, radiusPx: number): number[] {
  const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const side = 2 * radiusPx + 1;
  return Array.from(plane, (_, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    let sum = 0;
    for (let j = 0; j < side * side; j++) {
      const row = clamp(y + Math.floor(j / side) - radiusPx, heightPx - 1);
      sum += plane[row * widthPx + clamp(x + (j % side) - radiusPx, widthPx - 1)]!;
    }
    return sum / (side * side);
  });
}

describe('a box mean', () => {
  it('is the mean of the window around every pixel, whatever size and radius', async () => {
    const radii = fc.integer({ min: 0, max: 15 });
    const property = fc.asyncProperty(sizedPlane, radii, async ({ own, plane }, radiusPx) => {
      const slow = slowMean(plane, own, radiusPx);
      for (const [i, mean] of (await boxMean(plane, own, radiusPx)).entries()) {
        expect(mean).toBeCloseTo(slow[i]!, 4);
      }
    });
    await fc.assert(property);
  });

  it('lets whatever else waits have its turn first', async () => {
    const own = { widthPx: 2, heightPx: 2 };
    const waiting = setImmediate('waiting');
    const mean = boxMean(new Float32Array(4), own, 1);
    expect(await Promise.race([mean, waiting])).toBe('waiting');
  });
});

describe('planes read at another size', () => {
  it('are what they are at their own size', () => {
    fc.assert(
      fc.property(sizedPlane, ({ own, plane }) => {
        expect(read(plane, own, own).flat()).toEqual([...plane]);
      }),
    );
  });

  it('never leave the range of their values, and have the size asked for', () => {
    fc.assert(
      fc.property(sizedPlane, size, ({ own, plane }, at) => {
        const rows = read(plane, own, at);
        expect([rows.length, rows[0]?.length]).toEqual([at.heightPx, at.widthPx]);
        expect(Math.min(...rows.flat())).toBeGreaterThanOrEqual(Math.min(...plane) - 1e-6);
        expect(Math.max(...rows.flat())).toBeLessThanOrEqual(Math.max(...plane) + 1e-6);
      }),
    );
  });

  it('are read plane by plane', () => {
    const own = { widthPx: 2, heightPx: 1 };
    const planes = [Float32Array.of(0, 1), Float32Array.of(5, 7)];
    expect([...new PlaneReader({ planes, ...own }, { widthPx: 3, heightPx: 1 }).at(1, 0)]).toEqual([
      0.5, 6,
    ]);
  });

  it('keep a ramp a ramp, to the right and downwards: pixel centres meet, not pixel corners', () => {
    const own = { widthPx: 4, heightPx: 2 };
    const rows = read(Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13), own, {
      widthPx: 8,
      heightPx: 4,
    });
    const ramp = [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3];
    expect(rows).toEqual([0, 2.5, 7.5, 10].map((down) => ramp.map((right) => down + right)));
  });
});
