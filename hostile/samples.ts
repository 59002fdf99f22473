import sharp, { type Sharp } from 'sharp';
import type { Size } from '../packages/worker/src/image/raster.ts';
import type { Block } from './blocks.ts';

/** A good file, and its parts. */
export interface Sample {
  /** With the extension. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly size: Size;
  /** In their order, without gaps. */
  readonly blocks: readonly Block[];
}

/** Of every sample: small, and neither square nor a multiple of a codec's block. */
export const SAMPLE_SIZE: Size = { widthPx: 61, heightPx: 45 };

/** The size of samples with other proportions than {@link SAMPLE_SIZE}. */
export function sizeOf(widthPx: number, heightPx: number): Size {
  return { widthPx, heightPx };
}

/**
 * A picture drawn in code: two ramps, a disc, and detail that compresses badly enough to give files of some length.
 * @param channels 3: sRGB; 4: with an alpha that fades to the right
 */
export function drawn({ widthPx, heightPx }: Size = SAMPLE_SIZE, channels: 3 | 4 = 3): Sharp {
  const data = new Uint8Array(widthPx * heightPx * channels);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i += channels) {
      const isDisc = Math.hypot(x - widthPx / 2, y - heightPx / 2) < heightPx / 3;
      const detail = (x * 37 + y * 101) % 23;
      data[i] = (200 * x) / widthPx + detail;
      data[i + 1] = (200 * y) / heightPx + detail;
      data[i + 2] = isDisc ? 200 : 60;
      if (channels === 4) data[i + 3] = 255 - (200 * x) / widthPx;
    }
  }
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
}

/** Three frames, each another part of a picture. */
export async function animation(): Promise<Sharp> {
  const { widthPx: width, heightPx: height } = SAMPLE_SIZE;
  const whole = await drawn({ widthPx: width + 20, heightPx: height })
    .png()
    .toBuffer();
  const frames = [0, 10, 20].map(async (left) =>
    sharp(whole).extract({ left, top: 0, width, height }).png().toBuffer(),
  );
  return sharp(await Promise.all(frames), { join: { animated: true } });
}
