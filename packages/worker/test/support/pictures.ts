import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../src/image/picture.ts';
import type { Raster, Size } from '../../src/image/raster.ts';

/** A colour: red, green, blue, 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A raster `[H, W, C]` from its value at each place, rounded and clipped to 0–255; C is 1 or 3. */
export function paint(
  { widthPx, heightPx }: Size,
  at: (x: number, y: number) => ArrayLike<number>,
): Raster {
  const channels = at(0, 0).length === 1 ? 1 : 3;
  const data = new Uint8ClampedArray(widthPx * heightPx * channels);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i += channels) data.set(at(x, y), i);
  }
  return { data: new Uint8Array(data.buffer), widthPx, heightPx, channels };
}

/** The values of the pixel at `x`, `y`. */
export function pixelAt({ data, widthPx, channels }: Raster, x: number, y: number): Uint8Array {
  const i = (y * widthPx + x) * channels;
  return data.subarray(i, i + channels);
}

/** Largest difference between two rasters; Infinity where they differ in shape. */
export function difference(a: Raster, b: Raster): number {
  const isAlike = (['widthPx', 'heightPx', 'channels'] as const).every((key) => a[key] === b[key]);
  if (!isAlike) return Infinity;
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

/** An opaque picture of one colour, by default a bluish grey. */
export function flatPicture(size: Size, colour: Rgb = [118, 122, 130]): Picture {
  return { rgb: paint(size, () => colour) };
}

/** An opaque picture that brightens to the right in red and downwards in green, from 40 to 200; blue is 90. */
export function gradientPicture(size: Size): Picture {
  const { widthPx, heightPx } = size;
  return { rgb: paint(size, (x, y) => [40 + (160 * x) / widthPx, 40 + (160 * y) / heightPx, 90]) };
}

/** An opaque picture of independent uniform bytes: every pixel tells where it came from. */
export function noisePicture(size: Size, seed: number): Picture {
  const next = randomBytes(seed);
  return { rgb: paint(size, () => [next(), next(), next()]) };
}

/** The picture with normal noise of this standard deviation (0–255 units), independent per channel, added to its colour. */
export function addNoise({ rgb, ...rest }: Picture, sigma: number, seed: number): Picture {
  const normal = randomNormals(seed);
  const data = Uint8ClampedArray.from(rgb.data, (value) => value + sigma * normal());
  return { rgb: { ...rgb, data: new Uint8Array(data.buffer) }, ...rest };
}

/** The picture with alpha 0–255 from its value at each place. */
export function withAlpha({ rgb }: Picture, at: (x: number, y: number) => number): Picture {
  return { rgb, alpha: paint(rgb, (x, y) => [at(x, y)]) };
}

/** Colour `[H, W, 3]` and alpha `[H, W, 1]` as one: `[H, W, 4]`. */
export function interleaved(rgb: Raster, alpha: Raster): Uint8Array {
  return Uint8Array.from({ length: alpha.data.length * 4 }, (_, i) =>
    i % 4 === 3 ? alpha.data[i >> 2]! : rgb.data[(i >> 2) * 3 + (i % 4)]!,
  );
}

/** The picture as input of sharp, alpha included; independent of the codec under test. */
export function toSharp({ rgb, alpha }: Picture): Sharp {
  const { widthPx: width, heightPx: height } = rgb;
  const channels = alpha ? 4 : rgb.channels;
  return sharp(alpha ? interleaved(rgb, alpha) : rgb.data, { raw: { width, height, channels } });
}

/** The picture as a PNG file. */
export async function toPng(picture: Picture): Promise<Buffer> {
  return toSharp(picture).png().toBuffer();
}

/** A small PNG whose header claims another size; its pixels are missing. */
export async function claimingSize({ widthPx, heightPx }: Size): Promise<Buffer> {
  const bytes = await toPng(flatPicture({ widthPx: 8, heightPx: 8 }));
  bytes.writeUInt32BE(widthPx, 16);
  bytes.writeUInt32BE(heightPx, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** Sizes that find mistakes in tiling with tiles of `tilePx`: 1 px, primes, one pixel beside a tile, and any up to three tiles. */
export function sizes(tilePx: number): fc.Arbitrary<Size> {
  const sidePx = fc.oneof(
    fc.constantFrom(1, 2, 7, 31, 61, tilePx - 1, tilePx, tilePx + 1, 2 * tilePx + 1),
    fc.integer({ min: 1, max: 3 * tilePx }),
  );
  return fc.record({ widthPx: sidePx, heightPx: sidePx });
}

/** Uniform bytes from a linear congruential generator (Numerical Recipes), the same for the same seed. */
function randomBytes(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
}

/** Standard normal values by Box and Muller's transform. */
function randomNormals(seed: number): () => number {
  const next = randomBytes(seed);
  const uniform = (): number => (next() * 65_536 + next() * 256 + next() + 1) / 2 ** 24;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
