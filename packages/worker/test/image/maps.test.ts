import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blur, MapReader, type Maps } from '../../src/image/maps.ts';
import type { Size } from '../../src/image/raster.ts';

/** Maps of any small size with one to four channels of any values 0–1. */
const someMaps: fc.Arbitrary<Maps> = fc
  .record({
    widthPx: fc.integer({ min: 1, max: 12 }),
    heightPx: fc.integer({ min: 1, max: 12 }),
    channels: fc.integer({ min: 1, max: 4 }),
  })
  .chain((shape) => {
    const length = shape.widthPx * shape.heightPx * shape.channels;
    const value = fc.float({ min: 0, max: 1, noNaN: true });
    return fc
      .array(value, { minLength: length, maxLength: length })
      .map((all) => Object.assign({ data: Float32Array.from(all) }, shape));
  });
const size = someMaps.map(({ widthPx, heightPx }) => ({ widthPx, heightPx }));

/** All rows of maps read at a size, the channels of a pixel one after the other. */
function read(maps: Maps, at: Size): number[][] {
  const reader = new MapReader(maps, at);
  return Array.from({ length: at.heightPx }, (_, row) => {
    reader.read(row, 0, at.widthPx);
    return Array.from({ length: at.widthPx }, (__, col) => [...reader.at(col)]).flat();
  });
}

/** Means of windows, the slow way; outside, border pixels repeat. */
function slowMeans({ data, widthPx, heightPx, channels }: Maps, radiusPx: number): number[] {
  const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const side = 2 * radiusPx + 1;
  return Array.from(data, (_, i) => {
    const c = i % channels;
    const [x, y] = [((i - c) / channels) % widthPx, Math.floor(i / channels / widthPx)];
    let sum = 0;
    for (let j = 0; j < side * side; j++) {
      const row = clamp(y + Math.floor(j / side) - radiusPx, heightPx - 1);
      const col = clamp(x + (j % side) - radiusPx, widthPx - 1);
      sum += data[(row * widthPx + col) * channels + c]!;
    }
    return sum / (side * side);
  });
}

describe('blurred maps', () => {
  it('have the mean of the window around every pixel, channel by channel, whatever size and radius', async () => {
    const radii = fc.integer({ min: 0, max: 15 });
    const property = fc.asyncProperty(someMaps, radii, async (maps, radiusPx) => {
      const slow = slowMeans(maps, radiusPx);
      await blur(maps, radiusPx);
      for (const [i, mean] of maps.data.entries()) expect(mean).toBeCloseTo(slow[i]!, 4);
    });
    await fc.assert(property);
  });
});

describe('maps read at another size', () => {
  it('are what they are at their own size', () => {
    fc.assert(
      fc.property(someMaps, (maps) => {
        expect(read(maps, maps).flat()).toEqual([...maps.data]);
      }),
    );
  });

  it('never leave the range of their values, and have the size asked for', () => {
    fc.assert(
      fc.property(someMaps, size, (maps, at) => {
        const rows = read(maps, at);
        expect([rows.length, rows[0]?.length]).toEqual([at.heightPx, at.widthPx * maps.channels]);
        expect(Math.min(...rows.flat())).toBeGreaterThanOrEqual(Math.min(...maps.data) - 1e-6);
        expect(Math.max(...rows.flat())).toBeLessThanOrEqual(Math.max(...maps.data) + 1e-6);
      }),
    );
  });

  it('are the same where only a part of a row is read', () => {
    const whole = { widthPx: 40, heightPx: 3 };
    const column = fc.nat(39);
    fc.assert(
      fc.property(someMaps, column, column, (maps, one, other) => {
        const [from, last] = [Math.min(one, other), Math.max(one, other)];
        const reader = new MapReader(maps, whole);
        reader.read(1, from, last + 1);
        const part = [from, last].flatMap((col) => Array.from(reader.at(col)));
        const row = read(maps, whole)[1]!;
        const expected = [from, last].flatMap((col) =>
          row.slice(col * maps.channels, (col + 1) * maps.channels),
        );
        expect(part).toEqual(expected);
      }),
    );
  });

  it('keep a ramp a ramp, to the right and downwards: pixel centres meet, not pixel corners', () => {
    const data = Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13);
    const rows = read({ data, widthPx: 4, heightPx: 2, channels: 1 }, { widthPx: 8, heightPx: 4 });
    const ramp = [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3];
    expect(rows).toEqual([0, 2.5, 7.5, 10].map((down) => ramp.map((right) => down + right)));
  });
});
