import { readFile } from 'node:fs/promises';
import { Random } from '../chaos/random.ts';
import { decode } from '../packages/worker/src/image/decode.ts';
import { encode } from '../packages/worker/src/image/encode.ts';
import type { Picture } from '../packages/worker/src/image/picture.ts';
import type { Raster, Size } from '../packages/worker/src/image/raster.ts';
import { resizeStretched } from '../packages/worker/src/image/resize.ts';
import { withAlpha } from '../packages/worker/test/support/pictures.ts';

/** As large as a source may be: 50 megapixels. */
const LARGEST: Size = { widthPx: 8164, heightPx: 6124 };
/** As large as ×4 may make it: 96 megapixels come out, 100 are allowed. */
const LARGEST_FOR_X4: Size = { widthPx: 3000, heightPx: 2000 };
/** Noise of a camera: also what keeps the files large. */
const NOISE = 20;
/** Noise repeats after so many values, which no picture's row divides. */
const NOISE_PERIOD = 1_000_003;

/** Sources as large as allowed, by name: photos blown up, with noise, and one with a transparent border. */
export async function makeLargePictures(): Promise<ReadonlyMap<string, Buffer>> {
  const photo = await readFile(new URL('../samples/coffee.jpg', import.meta.url));
  const { rgb } = (await decode(photo)).picture;
  const small: Picture = { rgb: await blownUp(rgb, LARGEST_FOR_X4) };
  const fading = withAlpha(small, (x, y) => Math.min(x, y, 500) / 2);
  return new Map([
    ['50-megapixels.jpg', await toFile({ rgb: await blownUp(rgb, LARGEST) }, 'jpeg')],
    ['6-megapixels.jpg', await toFile(small, 'jpeg')],
    ['6-megapixels.png', await toFile(fading, 'png')],
  ]);
}

async function toFile(picture: Picture, format: 'jpeg' | 'png'): Promise<Buffer> {
  const { bytes } = await encode(picture, { format, quality: 92 });
  return Buffer.from(bytes);
}

async function blownUp(rgb: Raster, size: Size): Promise<Raster> {
  const large = await resizeStretched(rgb, size);
  const random = new Random(1);
  const noise = Int8Array.from({ length: NOISE_PERIOD }, () => random.int(-NOISE, NOISE));
  const { data } = large;
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.min(Math.max(data[i]! + noise[i % NOISE_PERIOD]!, 0), 255);
  }
  return large;
}
