import { deflateSync } from 'node:zlib';
import type { Random } from '../chaos/random.ts';
import { be16, be32, concat, patched, repeated } from './bytes.ts';
import { type Case, either, type HostileFile, ofKind, processed } from './hostile-file.ts';
import { flatJpeg, segment } from './jpeg-writer.ts';
import { chunk, pixels, png } from './png-writer.ts';
import { drawn, sizeOf } from './samples.ts';
import { PIXELS_AT, TAG, tiff, type Value } from './tiff-writer.ts';
import { flatVp8l, riffChunk, VP8X_FLAGS, vp8x, webp } from './webp-writer.ts';

const SIZE = sizeOf(40, 24);
const NOTHING = Buffer.alloc(0);

/** Good pictures with broken profiles, EXIF, XMP and texts. Nothing of these is needed for the result. */
export async function metadataFiles(random: Random): Promise<HostileFile[]> {
  const { icc } = await sharpProfile();
  return [...profiles(icc, random), ...exifs(random), ...xmps(), ...texts()];
}

async function sharpProfile(): Promise<{ icc: Buffer }> {
  const { data } = await drawn().withIccProfile('p3').tiff().toBuffer({ resolveWithObject: true });
  const at = data.indexOf('acsp') - 36;
  return { icc: data.subarray(at, at + data.readUInt32BE(at)) };
}

const inJpeg = (...before: Buffer[]): Buffer => flatJpeg({ ...SIZE, components: 3, before });
const inPng = (...chunks: Buffer[]): Buffer => png(SIZE, ...chunks, pixels(SIZE));
const inWebp = (flag: number, type: string, data: Buffer): Buffer =>
  webp(
    vp8x(flag, SIZE.widthPx, SIZE.heightPx),
    flatVp8l(SIZE.widthPx, SIZE.heightPx),
    riffChunk(type, data),
  );

function profiles(icc: Buffer, random: Random): HostileFile[] {
  const noise = Buffer.from(Array.from({ length: 3_000 }, () => random.int(0, 255)));
  const broken: Record<string, Buffer> = {
    truncated: icc.subarray(0, icc.length >> 1),
    'of-128-bytes': icc.subarray(0, 128),
    'of-1-byte': icc.subarray(0, 1),
    noise,
    'noise-with-header': concat(icc.subarray(0, 132), noise),
    'wrong-signature': patched(icc, 36, 'xxxx'),
    'for-cmyk': patched(icc, 16, 'CMYK'),
    'for-grey': patched(icc, 16, 'GRAY'),
    'for-lab': patched(icc, 16, 'Lab '),
    'device-link': patched(icc, 12, 'link'),
    'version-99': patched(icc, 8, 99),
    'size-4294967295': patched(icc, 0, be32(2 ** 32 - 1)),
    'size-0': patched(icc, 0, be32(0)),
    '4294967295-tags': patched(icc, 128, be32(2 ** 32 - 1)),
    'tags-beyond-end': patched(icc, 136, be32(2 ** 32 - 16), be32(2 ** 31)),
  };
  const cases = Object.entries(broken).flatMap(([name, profile]): [string, Case][] => {
    const inIccp = chunk('iCCP', 'icc', 0, 0, deflateSync(profile));
    return [
      [`icc-${name}.jpg`, either(inJpeg(iccPart(1, 1, profile)), SIZE)],
      [`icc-${name}.png`, either(inPng(inIccp), SIZE)],
    ];
  });
  return ofKind('broken ICC', {
    ...Object.fromEntries(cases),
    'icc-part-1-of-255.jpg': either(inJpeg(iccPart(1, 255, icc)), SIZE),
    'icc-part-0-of-0.jpg': either(inJpeg(iccPart(0, 0, icc)), SIZE),
    'icc-part-twice.jpg': either(inJpeg(iccPart(1, 1, icc), iccPart(1, 1, icc)), SIZE),
    'icc-no-zlib.png': either(inPng(chunk('iCCP', 'icc', 0, 0, noise)), SIZE),
    'icc-no-name.png': either(inPng(chunk('iCCP', 0, 0, deflateSync(icc))), SIZE),
    'icc-twice.png': either(inPng(repeated(2, chunk('iCCP', 'icc', 0, 0, deflateSync(icc)))), SIZE),
  });
}

const iccPart = (number: number, of: number, profile: Buffer): Buffer =>
  segment(0xe2, 'ICC_PROFILE', 0, number, of, profile);

function exifs(random: Random): HostileFile[] {
  const withOrientation = (orientation: Value): Buffer =>
    tiff(NOTHING, [{ fields: { [TAG.orientation]: orientation } }]);
  const field = { tag: 0x010f, type: 2, count: 2 ** 32 - 1, value: 2 ** 32 - 16 };
  const fields = { [TAG.orientation]: 1 };
  const directory = { fields };
  const broken: Record<string, Buffer> = {
    'orientation-0': withOrientation(0),
    'orientation-9': withOrientation(9),
    'orientation-65535': withOrientation(65_535),
    'orientation-as-text': withOrientation('upside down'),
    'orientation-of-3': withOrientation([6, 3, 8]),
    loop: tiff(NOTHING, [directory], { next: PIXELS_AT }),
    'sub-loop': tiff(NOTHING, [{ fields: { ...fields, [TAG.exifIfd]: PIXELS_AT } }]),
    'offset-beyond': tiff(NOTHING, [{ fields, raw: [field] }]),
    'type-0': tiff(NOTHING, [{ fields, raw: [{ ...field, type: 0 }] }]),
    'count-4294967295-of-doubles': tiff(NOTHING, [{ fields, raw: [{ ...field, type: 12 }] }]),
    '1000-directories': tiff(
      NOTHING,
      Array.from({ length: 1_000 }, () => directory),
    ),
    '2000-fields': tiff(NOTHING, [{ fields, raw: Array.from({ length: 2_000 }, () => field) }]),
    'directory-beyond': patched(withOrientation(1), 4, be32(2 ** 31)),
    empty: NOTHING,
    noise: Buffer.from(Array.from({ length: 500 }, () => random.int(0, 255))),
  };
  const cases = Object.entries(broken).flatMap(([name, exif]): [string, Case][] => [
    [`exif-${name}.jpg`, processed(inJpeg(segment(0xe1, 'Exif\0\0', exif)), 40, 24)],
    [`exif-${name}.png`, processed(inPng(chunk('eXIf', exif)), 40, 24)],
    [`exif-${name}.webp`, processed(inWebp(VP8X_FLAGS.exif, 'EXIF', exif), 40, 24)],
  ]);
  const turned = segment(0xe1, 'Exif\0\0', withOrientation(6));
  return ofKind('broken EXIF', {
    ...Object.fromEntries(cases),
    // The first of three counts, or none does.
    'exif-orientation-of-3.jpg': either(
      inJpeg(segment(0xe1, 'Exif\0\0', withOrientation([6, 3, 8]))),
    ),
    'exif-orientation-of-3.png': either(inPng(chunk('eXIf', withOrientation([6, 3, 8])))),
    'exif-orientation-of-3.webp': either(
      inWebp(VP8X_FLAGS.exif, 'EXIF', withOrientation([6, 3, 8])),
    ),
    'exif-orientation-6.jpg': processed(inJpeg(turned), 24, 40),
    'exif-twice.jpg': either(inJpeg(turned, segment(0xe1, 'Exif\0\0', withOrientation(1)))),
  });
}

const ENTITIES = Array.from(
  { length: 9 },
  (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`,
);
/** XML that grows to a gigabyte where entities are put in. */
export const ENTITY_BOMB: string = `<!DOCTYPE x [<!ENTITY e0 "lollollol">${ENTITIES.join('')}]>`;

function xmp(text: string): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/">${text}</x:xmpmeta>`;
}

function xmps(): HostileFile[] {
  const packets: Record<string, string> = {
    'no-xml': '<<<&&& \0\x1b[31m',
    'entity-bomb': `${ENTITY_BOMB}${xmp('&e9;')}`,
    external: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xmp('&e;')}`,
    '60-KB': xmp('x'.repeat(60_000)),
    'deeply-nested': xmp('<a>'.repeat(20_000)),
  };
  const keyword = 'XML:com.adobe.xmp\0\0\0\0\0';
  const cases = Object.entries(packets).flatMap(([name, text]): [string, Case][] => [
    [
      `xmp-${name}.jpg`,
      processed(inJpeg(segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', text)), 40, 24),
    ],
    [`xmp-${name}.png`, processed(inPng(chunk('iTXt', keyword, text)), 40, 24)],
  ]);
  const million = Buffer.from(xmp('x'.repeat(1 << 20)));
  return ofKind('broken XMP', {
    ...Object.fromEntries(cases),
    'xmp-1-MB.png': processed(inPng(chunk('iTXt', keyword, million)), 40, 24),
    'xmp-1-MB.webp': processed(inWebp(VP8X_FLAGS.xmp, 'XMP ', million), 40, 24),
    'xmp-20-MB.webp': either(inWebp(VP8X_FLAGS.xmp, 'XMP ', Buffer.alloc(20 << 20, 'x')), SIZE),
  });
}

function texts(): HostileFile[] {
  const controls = '\x1b[31m\x07\n\x9b31m\x7f';
  return ofKind('texts', {
    'comment-of-controls.jpg': processed(inJpeg(segment(0xfe, controls)), 40, 24),
    'text-of-controls.png': either(inPng(chunk('tEXt', `Comment\0${controls}`)), SIZE),
    'text-name-of-controls.png': either(inPng(chunk('tEXt', `${controls}\0x`)), SIZE),
    'text-without-name.png': either(inPng(chunk('tEXt', '\0x')), SIZE),
    'text-of-7-MB.png': either(inPng(chunk('tEXt', 'Comment\0', Buffer.alloc(7 << 20, 'x'))), SIZE),
    'text-of-20-MB.png': either(
      inPng(chunk('tEXt', 'Comment\0', Buffer.alloc(20 << 20, 'x'))),
      SIZE,
    ),
    '10000-texts.png': either(inPng(repeated(10_000, chunk('tEXt', 'Comment\0x'))), SIZE),
    'ztxt-no-zlib.png': either(inPng(chunk('zTXt', 'Comment\0\0', 'no zlib')), SIZE),
    'itxt-cut.png': either(inPng(chunk('iTXt', 'Comment\0\x01')), SIZE),
    '5000-app1s.jpg': either(inJpeg(repeated(5_000, segment(0xe1, 'Exif\0\0', be16(0)))), SIZE),
  });
}
