import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

/** A source picture. */
export interface JpegPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bytes: Buffer;
}

/** Width and height in pixels. As tiles: 1, 2, 4, 6, 6, 9, 12, 16, 20, 25. */
const SIZES_PX = [
  [256, 256],
  [320, 240],
  [400, 300],
  [500, 400],
  [384, 512],
  [640, 480],
  [600, 800],
  [720, 720],
  [1024, 768],
  [1024, 1024],
] as const;
const PHOTOS = ['astronaut', 'chelsea', 'coffee'] as const;

/**
 * Photos of 256 to 1024 px a side, all sizes in turn. No two are the same, as in life: Triton would batch files of equal length
 * also where any two others cannot share a batch.
 * @param scale the sides are that many times as long
 */
export async function makePictures(count: number, scale = 1): Promise<JpegPicture[]> {
  const pictures: JpegPicture[] = [];
  for (let index = 0; index < count; index++) {
    const sizePx = SIZES_PX[index % SIZES_PX.length]!;
    const [widthPx, heightPx] = [sizePx[0] * scale, sizePx[1] * scale];
    const photo = PHOTOS[index % PHOTOS.length]!;
    const file = await readFile(new URL(`../../samples/${photo}.jpg`, import.meta.url));
    const bytes = await sharp(file)
      .resize(widthPx, heightPx)
      .modulate({ brightness: 0.9 + (0.2 * index) / count })
      .jpeg({ quality: 90 })
      .toBuffer();
    pictures.push({ widthPx, heightPx, bytes });
  }
  return pictures;
}
