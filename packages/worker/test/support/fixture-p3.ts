import { differenceCiede2000 } from 'culori';
import sharp from 'sharp';
import type { Picture } from '../../src/image/picture.ts';
import type { Raster, Size } from '../../src/image/raster.ts';
import { interleaved, paint, pixelAt, withAlpha } from './pictures.ts';

const deltaE = differenceCiede2000();

/** Upright: a pattern of vivid colours, many outside of sRGB, with smooth and hard edges; a disc of it is opaque. */
export function p3Fixture(size: Size): Picture & Required<Pick<Picture, 'alpha'>> {
  const { widthPx, heightPx } = size;
  const rgb = paint(size, (x, y) => {
    if (y % 61 < 9) return x % 50 < 23 ? [250, 40, 30] : [30, 240, 60];
    const [u, v] = [x / widthPx, y / heightPx];
    return [
      128 + 120 * Math.sin(5 * u + 1),
      128 + 110 * Math.sin(4 * v),
      128 + 100 * Math.cos(3 * u - 2 * v),
    ];
  });
  const radiusPx = 0.42 * Math.min(widthPx, heightPx);
  const beyondPx = (x: number, y: number): number =>
    Math.hypot(x - widthPx / 2, y - heightPx / 2) - radiusPx;
  // Soft over 12 pixels on the left, antialiased on the right.
  const softPx = (x: number): number => (x < widthPx / 2 ? 12 : 1);
  const { alpha } = withAlpha({ rgb }, (x, y) => 255 * (0.5 - beyondPx(x, y) / softPx(x)));
  return { rgb, alpha: alpha!, space: 'display-p3' };
}

/** The picture as a phone would store it: PNG, lying on its side (EXIF orientation 6), tagged Display P3. */
export async function asStored({
  rgb,
  alpha,
}: Required<Pick<Picture, 'rgb' | 'alpha'>>): Promise<Buffer> {
  const raw = { width: rgb.widthPx, height: rgb.heightPx, channels: 4 } as const;
  const lying = await sharp(interleaved(rgb, alpha), { raw }).rotate(270).raw().toBuffer();
  return sharp(lying, { raw: { ...raw, width: raw.height, height: raw.width } })
    .pipelineColourspace('rgb16')
    .withMetadata({ orientation: 6 })
    .withIccProfile('p3')
    .png()
    .toBuffer();
}

/** The raster reduced to the mean of each square of `factor` pixels; `weights` `[H, W, 1]` say how much a pixel counts. */
export function reduce(raster: Raster, factor: number, weights?: Raster): Raster {
  const size = { widthPx: raster.widthPx / factor, heightPx: raster.heightPx / factor };
  return paint(size, (x, y) => {
    const sums = new Float64Array(raster.channels);
    let total = 0;
    for (let i = 0; i < factor ** 2; i++) {
      const [col, row] = [x * factor + (i % factor), y * factor + Math.floor(i / factor)];
      const weight = weights ? pixelAt(weights, col, row)[0]! : 1;
      pixelAt(raster, col, row).forEach((value, c) => (sums[c]! += weight * value));
      total += weight;
    }
    return sums.map((sum) => sum / Math.max(total, 1e-9));
  });
}

/** Mean ΔE2000 of two rasters of Display P3 levels, over the pixels where `where` `[H, W, 1]` is full. */
export function meanDeltaE(a: Raster, b: Raster, where: Raster): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < where.data.length; i++) {
    if (where.data[i] !== 255) continue;
    const [one, other] = [a, b].map(({ data }) => {
      const [red = 0, green = 0, blue = 0] = data.subarray(3 * i, 3 * i + 3);
      return { mode: 'p3' as const, r: red / 255, g: green / 255, b: blue / 255 };
    });
    sum += deltaE(one!, other!);
    count += 1;
  }
  return sum / count;
}
