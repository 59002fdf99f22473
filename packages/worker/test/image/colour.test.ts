import { converter } from 'culori';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { profileKind } from '../../src/image/colour-profile.ts';
import { decode } from '../../src/image/decode.ts';
import { embedProfile } from '../../src/image/embed-profile.ts';
import { encode } from '../../src/image/encode.ts';
import { type Picture, putOn } from '../../src/image/picture.ts';
import { meanDeltaE } from '../support/fixture-p3.ts';
import { ADOBE_RGB, iccProfile } from '../support/icc.ts';
import {
  difference,
  flatPicture,
  gradientPicture,
  paint,
  pixelAt,
  toPng,
  toSharp,
  withAlpha,
} from '../support/pictures.ts';

const p3 = converter('p3');
const picture = gradientPicture({ widthPx: 48, heightPx: 32 });
const wide: Picture = { ...withAlpha(picture, (x) => 5 * x), space: 'display-p3' };

/** The levels in a file, whatever its profile says. */
async function levelsIn(file: Uint8Array): Promise<Uint8Array> {
  return sharp(file, { ignoreIcc: true }).raw().toBuffer();
}

/** The ICC profile that libvips knows by this name. */
async function builtIn(name: 'srgb' | 'p3' | 'cmyk'): Promise<Buffer> {
  const file = await toSharp(flatPicture({ widthPx: 1, heightPx: 1 }))
    .withIccProfile(name)
    .toColourspace(name === 'cmyk' ? 'cmyk' : 'srgb')
    .jpeg()
    .toBuffer();
  return (await sharp(file).metadata()).icc!;
}

/** Levels of Display P3 for levels of Adobe RGB. */
function adobeToP3([red = 0, green = 0, blue = 0]: Uint8Array): number[] {
  const { r, g, b } = p3({ mode: 'a98', r: red / 255, g: green / 255, b: blue / 255 });
  return [255 * r, 255 * g, 255 * b];
}

describe('a source', () => {
  const write = async (how: (image: Sharp) => Sharp): Promise<Buffer> =>
    how(toSharp(picture)).png().toBuffer();

  it.each<[string, (image: Sharp) => Sharp]>([
    ['8', (image) => image.withIccProfile('p3')],
    ['16', (image) => image.toColourspace('rgb16').withIccProfile('p3')],
  ])('in Display P3 (%s bits) stays so, level by level', async (_, how) => {
    const decoded = await decode(await write(how));
    const eightBits = await write((image) => image.withIccProfile('p3'));
    const expected = { ...picture.rgb, data: await levelsIn(eightBits) };
    expect(decoded.picture.space).toBe('display-p3');
    expect(decoded.notes).toContain('processed and kept in Display P3');
    expect(difference(decoded.picture.rgb, expected)).toBeLessThanOrEqual(1);
  });

  it('in Adobe RGB has the same colours in Display P3', async () => {
    const file = await embedProfile(await toPng(picture), 'png', iccProfile(ADOBE_RGB));
    const { rgb, space } = (await decode(file)).picture;
    const expected = paint(picture.rgb, (x, y) => adobeToP3(pixelAt(picture.rgb, x, y)));
    expect(space).toBe('display-p3');
    const everywhere = paint(rgb, () => [255]);
    expect(meanDeltaE(rgb, expected, everywhere)).toBeLessThan(0.5);
    // What it would be if the numbers were left as they are.
    expect(meanDeltaE(picture.rgb, expected, everywhere)).toBeGreaterThan(2);
  });

  it('of 16 bits in sRGB stays as it is', async () => {
    const file = await write((image) => image.toColourspace('rgb16').withIccProfile('srgb'));
    expect((await decode(file)).picture).toEqual(picture);
  });

  it.each([
    ['has no signature', (icc: Buffer) => icc.write('none', 36, 'latin1')],
    ['is of another colour space', (icc: Buffer) => icc.write('CMYK', 16, 'latin1')],
    ['claims two billion tags', (icc: Buffer) => icc.writeUInt32BE(2 ** 31, 128)],
  ])('whose profile %s is decoded without, with a note', async (_, damage) => {
    const file = await toSharp(picture).withIccProfile('p3').jpeg({ quality: 100 }).toBuffer();
    damage(file.subarray(file.indexOf('ICC_PROFILE') + 14));
    const { notes } = await decode(file);
    expect(notes).toContain('its ICC profile is damaged and was left out');
  });
});

describe('a result in Display P3', () => {
  it('as PNG is decoded to the same levels', async () => {
    const { bytes } = await encode(wide, { format: 'png' });
    expect((await decode(bytes)).picture).toEqual(wide);
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('as %s says so', async (format) => {
    const { bytes } = await encode(wide, { format, quality: 100 });
    expect((await sharp(bytes).metadata()).icc).toEqual(await builtIn('p3'));
    expect((await decode(bytes)).picture.space).toBe('display-p3');
  });

  it.each(['webp', 'avif'] as const)('keeps its levels and its alpha as %s', async (format) => {
    const { bytes } = await encode(wide, { format, quality: 100 });
    const { rgb, alpha } = (await decode(bytes)).picture;
    expect(difference(alpha!, wide.alpha!)).toBeLessThanOrEqual(1);
    const [right, wrong] = [pixelAt(wide.rgb, 40, 16), pixelAt(rgb, 40, 16)];
    expect(Math.max(...right.map((level, c) => Math.abs(level - wrong[c]!)))).toBeLessThan(8);
  });

  it('on a background has that colour of sRGB', async () => {
    const transparent = { ...withAlpha(picture, () => 0), space: 'display-p3' } as const;
    const { rgb } = await putOn('#336699', { ...transparent, alpha: transparent.alpha! });
    const { bytes } = await encode({ rgb, space: 'display-p3' }, { format: 'png' });
    const [red = 0, green = 0, blue = 0] = await sharp(bytes).raw().toBuffer();
    expect([red - 0x33, green - 0x66, blue - 0x99].every((error) => Math.abs(error) <= 1)).toBe(
      true,
    );
  });
});

describe('a profile', () => {
  it.each([
    ['srgb', 'srgb'],
    ['p3', 'rgb'],
    ['cmyk', 'other'],
  ] as const)("that is libvips' %s is %s", async (name, kind) => {
    expect(profileKind(await builtIn(name))).toBe(kind);
  });

  it('is sRGB by its numbers, not by its name', async () => {
    const icc = await builtIn('srgb');
    icc.writeInt32BE(2.2 * 65_536, icc.indexOf('para') + 12);
    expect(profileKind(icc)).toBe('rgb');
  });

  it('that ends early is no reason to fail, wherever it does', async () => {
    const icc = await builtIn('srgb');
    for (let length = 0; length < icc.length; length++) {
      expect(profileKind(icc.subarray(0, length))).not.toBe('srgb');
    }
  });
});
