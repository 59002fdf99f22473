import { plainBytes, type Sharp, sharp } from './libvips.ts';
import type { Raster, Size } from './raster.ts';

/** The raster resized to exactly this size, whatever its proportions: antialiased when smaller, bicubic when larger. */
export async function resizeStretched(
  raster: Raster,
  { widthPx, heightPx }: Size,
): Promise<Raster> {
  const data = await fromRaster(raster)
    .resize(widthPx, heightPx, { fit: 'fill' })
    .toColourspace(raster.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
  return { data: plainBytes(data), widthPx, heightPx, channels: raster.channels };
}

/** The raster as input of sharp, which reads it in place. */
export function fromRaster({ data, widthPx, heightPx, channels }: Raster): Sharp {
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
}
