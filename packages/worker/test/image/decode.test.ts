import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/image/decode.ts';
import {
  checkSize,
  formatOf,
  MAX_SOURCE_BYTES,
  type SourceFormat,
} from '../../src/image/source-header.ts';
import {
  claimingSize,
  difference,
  flatPicture,
  gradientPicture,
  noisePicture,
  paint,
  pixelAt,
  toPng,
  toSharp,
  withAlpha,
} from '../support/pictures.ts';

const picture = gradientPicture({ widthPx: 48, heightPx: 32 });
const photo = new URL('../../../../samples/chelsea.jpg', import.meta.url);
/** What libvips reads of a small PNG. */
const HEADER = {
  format: 'png',
  width: 8,
  height: 8,
  space: 'srgb',
  depth: 'uchar',
  channels: 3,
  hasAlpha: false,
  isProgressive: false,
};
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';

/** Decodes the gradient after `write` has encoded it. */
async function reread(write: (image: Sharp) => Sharp): ReturnType<typeof decode> {
  return decode(await write(toSharp(picture)).toBuffer());
}

describe('a source', () => {
  it.each<[string, SourceFormat, number, (image: Sharp) => Sharp]>([
    ['JPEG', 'jpeg', 4, (image) => image.jpeg({ quality: 100 })],
    ['progressive JPEG', 'jpeg', 4, (image) => image.jpeg({ quality: 100, progressive: true })],
    ['PNG', 'png', 0, (image) => image.png()],
    ['interlaced PNG', 'png', 0, (image) => image.png({ progressive: true })],
    ['palette PNG', 'png', 25, (image) => image.png({ palette: true, dither: 0 })],
    ['sRGB PNG', 'png', 0, (image) => image.withIccProfile('srgb').png()],
    ['WebP', 'webp', 12, (image) => image.webp({ quality: 100 })],
    ['lossless WebP', 'webp', 0, (image) => image.webp({ lossless: true })],
    ['AVIF', 'avif', 6, (image) => image.avif({ quality: 100, effort: 0 })],
    ['GIF', 'gif', 25, (image) => image.gif({ dither: 0 })],
    ['TIFF', 'tiff', 0, (image) => image.tiff({ compression: 'deflate' })],
  ])('may be a %s', async (_, format, tolerance, write) => {
    const decoded = await reread(write);
    expect(decoded).toMatchObject({ format, notes: [], widthPx: 48, heightPx: 32 });
    expect(difference(decoded.picture.rgb, picture.rgb)).toBeLessThanOrEqual(tolerance);
    expect(decoded.picture.alpha).toBeUndefined();
  });

  it.each<[string, number, (image: Sharp) => Sharp]>([
    ['reduced to 8 bits per channel', 0, (image) => image.toColourspace('rgb16').png()],
    ['reduced to 8 bits per channel', 3, (image) => image.avif({ bitdepth: 10, quality: 90 })],
    [
      'converted from CMYK to sRGB',
      20,
      (image) => image.withIccProfile('cmyk').toColourspace('cmyk').jpeg({ quality: 100 }),
    ],
  ])('is "%s", with that note', async (note, tolerance, write) => {
    const flat = flatPicture({ widthPx: 16, heightPx: 16 }, [150, 90, 80]);
    const decoded = await decode(await write(toSharp(flat)).toBuffer());
    expect(decoded.notes).toEqual([note]);
    expect(difference(decoded.picture.rgb, flat.rgb)).toBeLessThanOrEqual(tolerance);
  });

  it.each(['b-w', 'grey16'])('that is grey (%s) becomes colour, with a note', async (space) => {
    const decoded = await reread((image) => image.greyscale().toColourspace(space).png());
    const { rgb } = decoded.picture;
    expect(decoded.notes).toContain('grey source processed as colour');
    expect(rgb.data).toHaveLength(48 * 32 * 3);
    expect(new Set(pixelAt(rgb, 40, 5)).size).toBe(1);
  });

  it.each<[string, (image: Sharp) => Sharp]>([
    ['GIF', (image) => image.gif()],
    ['WebP', (image) => image.webp({ lossless: true })],
    ['TIFF', (image) => image.tiff({ compression: 'lzw' })],
  ])('that is a %s of several frames is its first one, with a note', async (_, write) => {
    const size = { widthPx: 8, heightPx: 6 };
    const frames = [10, 100, 200].map(async (red) => toPng(flatPicture(size, [red, 0, 0])));
    const animation = sharp(await Promise.all(frames), { join: { animated: true } });
    const decoded = await decode(await write(animation).toBuffer());
    expect(decoded).toMatchObject({ ...size, notes: ['first frame of 3'] });
    expect(decoded.picture).toEqual(flatPicture(size, [10, 0, 0]));
  });

  it('has its alpha taken apart, and the colour below kept as it was', async () => {
    const source = withAlpha(picture, (x, y) => (x * y) % 256);
    expect((await decode(await toPng(source))).picture).toEqual(source);
  });

  it('of 16-bit grey with alpha is colour and alpha of 8 bits', async () => {
    const write = (image: Sharp): Sharp =>
      image.greyscale().ensureAlpha(0.5).toColourspace('grey16').png();
    const { rgb, alpha } = (await reread(write)).picture;
    expect([rgb.data.length, alpha?.data.length]).toEqual([48 * 32 * 3, 48 * 32]);
    expect(alpha?.data.every((value) => value === 127 || value === 128)).toBe(true);
  });

  it('with alpha that is opaque everywhere has none', async () => {
    expect((await decode(await toPng(withAlpha(picture, () => 255)))).picture).toEqual(picture);
  });
});

describe('an EXIF orientation', () => {
  const upright = noisePicture({ widthPx: 7, heightPx: 5 }, 3).rgb;
  /** Where in the upright picture (7 × 5) the pixel lies that is stored at p, q: the table of the EXIF standard. */
  const PLACES: Record<number, (p: number, q: number) => [x: number, y: number]> = {
    1: (p, q) => [p, q],
    2: (p, q) => [6 - p, q],
    3: (p, q) => [6 - p, 4 - q],
    4: (p, q) => [p, 4 - q],
    5: (p, q) => [q, p],
    6: (p, q) => [6 - q, p],
    7: (p, q) => [6 - q, 4 - p],
    8: (p, q) => [q, 4 - p],
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of %i becomes upright', async (orientation) => {
    const size = orientation < 5 ? { widthPx: 7, heightPx: 5 } : { widthPx: 5, heightPx: 7 };
    const stored = paint(size, (p, q) => pixelAt(upright, ...PLACES[orientation]!(p, q)));
    const image = toSharp({ rgb: stored }).withMetadata({ orientation });
    const decoded = await decode(await image.tiff({ compression: 'deflate' }).toBuffer());
    expect(decoded).toMatchObject({ widthPx: 7, heightPx: 5 });
    expect(difference(decoded.picture.rgb, upright)).toBeLessThanOrEqual(1);
  });

  it('in an AVIF, which turns by itself, does not turn it twice', async () => {
    const image = toSharp(picture).withMetadata({ orientation: 8 });
    const { rgb } = (await decode(await image.avif({ quality: 90, effort: 0 }).toBuffer())).picture;
    expect([rgb.widthPx, rgb.heightPx]).toEqual([32, 48]);
    expect(pixelAt(rgb, 0, 0)[0]).toBeGreaterThan(pixelAt(rgb, 0, 47)[0]! + 100);
  });
});

describe('a source that is refused', () => {
  const WRITERS: [string, (image: Sharp) => Sharp][] = [
    ['JPEG', (image) => image.jpeg()],
    ['PNG', (image) => image.png()],
    ['WebP', (image) => image.webp()],
    ['AVIF', (image) => image.avif({ effort: 0 })],
    ['GIF', (image) => image.gif()],
    ['TIFF', (image) => image.tiff()],
  ];

  it.each(WRITERS)('a truncated %s is UNDECODABLE_IMAGE, wherever it ends', async (_, write) => {
    const bytes = await write(toSharp(noisePicture({ widthPx: 99, heightPx: 60 }, 1))).toBuffer();
    for (const share of [0.05, 0.5, 0.95]) {
      const cut = decode(bytes.subarray(0, bytes.length * share));
      await expect(cut).rejects.toMatchObject({ code: 'UNDECODABLE_IMAGE' });
    }
  });

  it('a TIFF with a tile that cannot be read is not left black, but UNDECODABLE_IMAGE', async () => {
    const tiles = { compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 } as const;
    const bytes = await toSharp(picture).tiff(tiles).toBuffer();
    bytes.fill(0, 20, 60);
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'UNDECODABLE_IMAGE' });
  });

  it('a JPEG whose pixels libjpeg had to make up is UNDECODABLE_IMAGE', async () => {
    const bytes = await toSharp(noisePicture({ widthPx: 99, heightPx: 60 }, 1))
      .jpeg()
      .toBuffer();
    const lost = Buffer.concat([bytes.subarray(0, bytes.length * 0.7), Buffer.of(0xff, 0xd9)]);
    await expect(decode(lost)).rejects.toMatchObject({ code: 'UNDECODABLE_IMAGE' });
  });

  it('a JPEG of too many scans is IMAGE_TOO_LARGE before anything is decoded', async () => {
    const jpeg = await toSharp(picture).jpeg({ progressive: true }).toBuffer();
    const scans = Buffer.alloc(2 * 700_000, Buffer.of(0xff, 0xda));
    const bomb = Buffer.concat([jpeg.subarray(0, -2), scans, jpeg.subarray(-2)]);
    await expect(decode(bomb)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  it('an empty file is UNDECODABLE_IMAGE', async () => {
    await expect(decode(new Uint8Array())).rejects.toMatchObject({ code: 'UNDECODABLE_IMAGE' });
  });

  it.each([
    ['text', 'This is not a picture.', 'it is text'],
    ['SVG', SVG, 'it is text'],
    ['PDF', '%PDF-1.7\n%âãÏÓ', 'its first bytes fit none'],
    ['PPM', 'P6 1 1 255 abc', 'it is text'],
    ['BMP', 'BM\u0000\u0000\u0000', 'its first bytes fit none'],
  ])('%s is UNSUPPORTED_FORMAT, and the message says what to send', async (_, text, finding) => {
    const refusal = decode(Buffer.from(text, 'latin1'));
    await expect(refusal).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
    await expect(refusal).rejects.toThrow(`${finding}); send JPEG, PNG`);
  });

  it('HEIC, which shares the container of AVIF, is UNSUPPORTED_FORMAT', () => {
    const header = { ...HEADER, format: 'heif', compression: 'hevc' };
    const refused = expect.objectContaining({ code: 'UNSUPPORTED_FORMAT' });
    expect(() => formatOf(header)).toThrow(refused);
    expect(formatOf({ ...header, compression: 'av1' })).toBe('avif');
  });

  it('over 50 megapixels is IMAGE_TOO_LARGE before anything is decoded', async () => {
    const bytes = await claimingSize({ widthPx: 10_000, heightPx: 5001 });
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    const allowed = await claimingSize({ widthPx: 10_000, heightPx: 5000 });
    await expect(decode(allowed)).rejects.toMatchObject({ code: 'UNDECODABLE_IMAGE' });
  });

  it.each([
    ['a side of 65536 pixels', { width: 65_536, height: 1 }],
    ['10001 frames', { pages: 10_001 }],
  ])('with %s is IMAGE_TOO_LARGE', (_, claim) => {
    const refused = expect.objectContaining({ code: 'IMAGE_TOO_LARGE' });
    expect(() => checkSize({ ...HEADER, ...claim })).toThrow(refused);
    expect(() => checkSize({ ...HEADER, width: 65_535, height: 1, pages: 10_000 })).not.toThrow();
  });

  it('over 32 MiB is IMAGE_TOO_LARGE', async () => {
    const refusal = decode(new Uint8Array(MAX_SOURCE_BYTES + 1));
    await expect(refusal).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});

it.each<[string, () => Promise<string | Buffer>]>([
  ['SVG', async () => Promise.resolve(Buffer.from(SVG))],
  ['files by path', async () => Promise.resolve(fileURLToPath(photo))],
])('the loader of %s is off', async (_, input) => {
  await expect(sharp(await input()).metadata()).rejects.toThrow('unsupported image format');
  expect((await sharp(await readFile(photo)).metadata()).format).toBe('jpeg');
});
