import { readFile } from 'node:fs/promises';
import { Random } from '../chaos/random.ts';
import { decode } from '../packages/worker/src/image/decode.ts';
import { createRaster, type Raster, type Size } from '../packages/worker/src/image/raster.ts';

/** The photos that patchworks show parts of. */
const PHOTOS = ['astronaut', 'chelsea', 'coffee', 'rocket'];
/** Side of a patch. Tile borders fall on patches of every kind. */
const PATCH_PX = 37;
/** Size of the strokes of a patch that looks like text. */
const STROKE_PX = { width: 3, height: 5 };
const INK_SHARE = 0.4;

/** `[H, W, 3]` of every photo in `samples/`. */
export async function readPhotos(): Promise<Raster[]> {
  return Promise.all(
    PHOTOS.map(async (name) => {
      const bytes = await readFile(new URL(`../samples/${name}.jpg`, import.meta.url));
      return (await decode(bytes)).picture.rgb;
    }),
  );
}

/**
 * Patches of noise, of gradients, of hard-edged strokes and of a photo beside each other, so that a seam anywhere shows.
 * The same for the same seed.
 */
export function patchwork(size: Size, photos: readonly Raster[], seed: number): Raster {
  const random = new Random(seed);
  const photo = random.pick(photos);
  const [shiftX, shiftY] = [random.int(0, photo.widthPx), random.int(0, photo.heightPx)];
  const strokes = random.int(1, 2 ** 30);
  const kinds: ((x: number, y: number, c: number) => number)[] = [
    () => random.int(0, 255),
    (x, y, c) => 255 * (((x * (c + 1) + y * 2) % 150) / 150),
    (x, y) => {
      const [column, row] = [Math.floor(x / STROKE_PX.width), Math.floor(y / STROKE_PX.height)];
      return new Random(strokes + column * 7919 + row * 104_729).next() < INK_SHARE ? 20 : 235;
    },
    (x, y, c) => {
      const [column, row] = [(x + shiftX) % photo.widthPx, (y + shiftY) % photo.heightPx];
      return photo.data[(row * photo.widthPx + column) * 3 + c]!;
    },
  ];
  const picture = createRaster(size, 3);
  for (let y = 0, i = 0; y < size.heightPx; y++) {
    for (let x = 0; x < size.widthPx; x++) {
      const patch = Math.floor(x / PATCH_PX) + Math.floor(y / PATCH_PX) + seed;
      const kind = kinds[patch % kinds.length]!;
      for (let c = 0; c < 3; c++) picture.data[i++] = kind(x, y, c);
    }
  }
  return picture;
}
