import sharp from 'sharp';

// A worker's memory and cores belong to its slots, not to libvips' cache and threads.
sharp.cache(false);
sharp.concurrency(1);
// Every loader is attack surface: only those of the formats we promise stay on.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map(
    (loader) => `VipsForeignLoad${loader}Buffer`,
  ),
});

export { type Sharp, default as sharp } from 'sharp';

/** The same memory without Buffer's own methods, whose `slice` and `toJSON` differ from Uint8Array's. */
export function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
