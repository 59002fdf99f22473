import { deflateSync } from 'node:zlib';
import { be16, be32, concat, patched } from './bytes.ts';
import { either, type HostileFile, ofKind, processed, REFUSALS, refused } from './hostile-file.ts';
import { type Sample, sizeOf } from './samples.ts';
import {
  type Ifd,
  PIXELS_AT,
  TAG,
  tiff,
  tiffBlocks,
  type TiffOptions,
  type Value,
} from './tiff-writer.ts';

type Fields = Readonly<Record<number, Value>>;

const SIZE = sizeOf(40, 24);
/** Of {@link FIELDS}: 40 x 24 RGB in one strip. */
const PIXELS = Buffer.from(Uint8Array.from({ length: 40 * 24 * 3 }, (_, i) => (i * 7) % 256));
const FIELDS: Fields = {
  [TAG.width]: 40,
  [TAG.height]: 24,
  [TAG.bits]: [8, 8, 8],
  [TAG.compression]: 1,
  [TAG.photometric]: 2,
  [TAG.stripOffsets]: PIXELS_AT,
  [TAG.samples]: 3,
  [TAG.rowsPerStrip]: 24,
  [TAG.stripBytes]: PIXELS.length,
};

/** One picture with other fields than {@link FIELDS}. */
function one(fields: Fields, data: Uint8Array = PIXELS, options: TiffOptions = {}): Buffer {
  return tiff(data, [{ fields: { ...FIELDS, ...fields } }], options);
}

/** The fields of tiles instead of strips. */
function tiled(sidePx: number, offsets: Value, byteCounts: Value): Ifd {
  const { [TAG.stripOffsets]: _, [TAG.rowsPerStrip]: __, [TAG.stripBytes]: ___, ...rest } = FIELDS;
  const tiles = { [TAG.tileWidth]: sidePx, [TAG.tileHeight]: sidePx };
  return {
    fields: { ...rest, ...tiles, [TAG.tileOffsets]: offsets, [TAG.tileBytes]: byteCounts },
  };
}

/** Where the data of samples begins: their directories come first, so that a cut takes away pixels. */
const DATA_AT = 512;

/** TIFFs of strips, of tiles, and in the byte order of a Motorola. */
export function tiffSamples(): Sample[] {
  const stripBytes = PIXELS.length / 3;
  const tileBytes = 16 * 16 * 3;
  const offsets = (pieceBytes: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => DATA_AT + index * pieceBytes);
  const strips = {
    [TAG.rowsPerStrip]: 8,
    [TAG.stripOffsets]: offsets(stripBytes, 3),
    [TAG.stripBytes]: [stripBytes, stripBytes, stripBytes],
  };
  const tiles = tiled(16, offsets(tileBytes, 6), Array<number>(6).fill(tileBytes));
  const tileData = Buffer.alloc(6 * tileBytes, PIXELS);
  const options = { dataAt: DATA_AT };
  const files: [string, Buffer, number, number][] = [
    ['strips.tif', one(strips, PIXELS, options), 3, stripBytes],
    ['tiles.tif', tiff(tileData, [tiles], options), 6, tileBytes],
    ['big-endian.tif', one(strips, PIXELS, { ...options, order: 'big' }), 3, stripBytes],
  ];
  return files.map(([name, bytes, pieces, pieceBytes]) => {
    const blocks = tiffBlocks(DATA_AT, pieces, pieceBytes);
    return { name, bytes, size: SIZE, blocks };
  });
}

/** TIFFs that lie about themselves, are built against the rules, or seldom seen. */
export function tiffFiles(): HostileFile[] {
  return [...lyingSizes(), ...lyingPieces(), ...directories(), ...oddColours()];
}

function lyingSizes(): HostileFile[] {
  const withSize = (widthPx: number, heightPx: number): Buffer =>
    one({ [TAG.width]: widthPx, [TAG.height]: heightPx });
  const largest = 2 ** 31 - 1;
  return ofKind('lying size', {
    '0x0.tif': refused(withSize(0, 0)),
    '0xN.tif': refused(withSize(0, 24)),
    'Nx0.tif': refused(withSize(40, 0)),
    '2147483647x2147483647.tif': refused(withSize(largest, largest), REFUSALS),
    '4294967295x4294967295.tif': refused(withSize(2 ** 32 - 1, 2 ** 32 - 1), REFUSALS),
    '65535x65535.tif': refused(withSize(65_535, 65_535), REFUSALS),
    'too-wide.tif': refused(withSize(60, 24)),
    'too-high.tif': refused(withSize(40, 60)),
    'too-low.tif': either(withSize(40, 20), sizeOf(40, 20)),
    'rows-per-strip-0.tif': either(one({ [TAG.rowsPerStrip]: 0 }), SIZE),
    'rows-per-strip-4294967295.tif': either(one({ [TAG.rowsPerStrip]: 2 ** 32 - 1 }), SIZE),
  });
}

function lyingPieces(): HostileFile[] {
  const far = 2 ** 32 - 16;
  const tiles = (sidePx: number, offsets: Value, bytes: Value): Buffer =>
    tiff(PIXELS, [tiled(sidePx, offsets, bytes)]);
  return ofKind('lying pieces', {
    'strip-beyond-end.tif': refused(one({ [TAG.stripOffsets]: far })),
    'strip-at-0.tif': either(one({ [TAG.stripOffsets]: 0 })),
    'strip-of-0-bytes.tif': either(one({ [TAG.stripBytes]: 0 })),
    'strip-of-4294967295-bytes.tif': either(one({ [TAG.stripBytes]: 2 ** 32 - 1 })),
    'strip-too-short.tif': either(one({ [TAG.stripBytes]: 100 })),
    '3-strips-of-1-offset.tif': refused(one({ [TAG.rowsPerStrip]: 8 })),
    '5000-offsets.tif': either(
      one({
        [TAG.stripOffsets]: Array<number>(5_000).fill(8),
        [TAG.stripBytes]: Array<number>(5_000).fill(PIXELS.length),
      }),
    ),
    'tile-0x0.tif': refused(tiles(0, 8, PIXELS.length)),
    'tile-1x1.tif': refused(tiles(1, 8, PIXELS.length)),
    'tile-beyond-end.tif': refused(tiles(48, far, 48 * 48 * 3)),
    'tile-too-short.tif': refused(tiles(48, 8, PIXELS.length)),
    'tile-65520x65520.tif': refused(tiles(65_520, 8, PIXELS.length), REFUSALS),
    'tile-4294967280x4294967280.tif': refused(tiles(2 ** 32 - 16, 8, PIXELS.length), REFUSALS),
    'tile-of-noise.tif': refused(
      tiff(PIXELS, [{ fields: { ...tiled(48, 8, PIXELS.length).fields, [TAG.compression]: 8 } }]),
    ),
    'deflate-of-noise.tif': refused(one({ [TAG.compression]: 8 })),
    'lzw-of-noise.tif': refused(one({ [TAG.compression]: 5 })),
    'fax-of-noise.tif': either(
      one({ [TAG.compression]: 4, [TAG.bits]: 1, [TAG.samples]: 1, [TAG.photometric]: 0 }),
    ),
    'jpeg-of-noise.tif': refused(one({ [TAG.compression]: 7 })),
    'old-jpeg-of-noise.tif': refused(one({ [TAG.compression]: 6 })),
    'webp-of-noise.tif': refused(one({ [TAG.compression]: 50_001 })),
    'compression-65000.tif': refused(one({ [TAG.compression]: 65_000 })),
  });
}

function directories(): HostileFile[] {
  const good = one({});
  const directoryAt = good.readUInt32LE(4);
  const first = { fields: FIELDS };
  const huge = { tag: 33_432, type: 2, count: 2 ** 32 - 1, value: 8 };
  return ofKind('TIFF structure', {
    'directory-beyond-end.tif': refused(patched(good, 4, Buffer.alloc(4, 0xee))),
    'directory-at-0.tif': refused(patched(good, 4, Buffer.alloc(4))),
    'directory-of-no-fields.tif': refused(tiff(PIXELS, [{ fields: {} }])),
    'directory-of-65535-fields.tif': refused(patched(good, directoryAt, 0xff, 0xff)),
    'next-is-itself.tif': either(one({}, PIXELS, { next: directoryAt }), SIZE),
    'two-in-a-circle.tif': either(tiff(PIXELS, [first, first], { next: directoryAt }), SIZE),
    'next-beyond-end.tif': either(one({}, PIXELS, { next: 2 ** 32 - 2 }), SIZE),
    'sub-directory-is-itself.tif': either(one({ [TAG.subIfds]: directoryAt }), SIZE),
    'exif-is-itself.tif': either(one({ [TAG.exifIfd]: directoryAt }), SIZE),
    '5000-sub-directories.tif': either(
      one({ [TAG.subIfds]: Array<number>(5_000).fill(directoryAt) }),
      SIZE,
    ),
    'huge-count.tif': either(tiff(PIXELS, [{ ...first, raw: [huge] }]), SIZE),
    'type-99.tif': either(
      tiff(PIXELS, [{ ...first, raw: [{ ...huge, type: 99, count: 1 }] }]),
      SIZE,
    ),
    'width-as-text.tif': either(one({ [TAG.width]: '40' })),
    'orientation-65535.tif': either(one({ [TAG.orientation]: 65_535 }), SIZE),
    'icc-of-noise.tif': either(one({ [TAG.icc]: PIXELS }), SIZE),
    'big-tiff.tif': refused(concat('II', 43, 0, 8, 0, 0, 0, Buffer.alloc(8, 0xee), PIXELS)),
    'magic-of-other-order.tif': refused(concat('MM', be16(0x2a00), be32(8), PIXELS)),
  });
}

/** The field that tells unsigned, 1, from signed, 2, and floating, 3. */
function format(code: number, channels: number): Fields {
  return { [TAG.sampleFormat]: Array<number>(channels).fill(code) };
}

function oddColours(): HostileFile[] {
  const of = (channels: number, bits: number, fields: Fields): Buffer => {
    const data = Buffer.alloc(Math.ceil((40 * channels * bits) / 8) * 24, PIXELS);
    const shape = {
      [TAG.bits]: Array<number>(channels).fill(bits),
      [TAG.samples]: channels,
      [TAG.stripBytes]: data.length,
    };
    return one({ ...shape, [TAG.photometric]: channels < 3 ? 1 : 2, ...fields }, data);
  };
  return ofKind('odd colours', {
    '1-bit.tif': processed(of(1, 1, {}), 40, 24),
    '1-bit-inverted.tif': processed(of(1, 1, { [TAG.photometric]: 0 }), 40, 24),
    '4-bit.tif': either(of(1, 4, {}), SIZE),
    '16-bit.tif': processed(of(3, 16, {}), 40, 24),
    '32-bit.tif': either(of(3, 32, format(1, 3)), SIZE),
    'signed.tif': either(of(1, 8, format(2, 1)), SIZE),
    'signed-32-bit.tif': either(of(1, 32, format(2, 1)), SIZE),
    'float.tif': either(of(3, 32, format(3, 3)), SIZE),
    'double.tif': either(of(1, 64, format(3, 1)), SIZE),
    'complex.tif': either(of(1, 64, format(6, 1)), SIZE),
    'lab.tif': either(of(3, 8, { [TAG.photometric]: 8 }), SIZE),
    'cmyk.tif': processed(of(4, 8, { [TAG.photometric]: 5 }), 40, 24),
    'ycbcr.tif': either(of(3, 8, { [TAG.photometric]: 6 }), SIZE),
    '5-channels.tif': either(of(5, 8, { [TAG.extraSamples]: [0, 0] }), SIZE),
    '300-channels.tif': either(of(300, 8, {})),
    '2-channels.tif': either(of(2, 8, { [TAG.extraSamples]: 2 }), SIZE),
    'planar.tif': either(
      of(3, 8, {
        [TAG.planar]: 2,
        [TAG.stripOffsets]: [0, 960, 1920].map((from) => PIXELS_AT + from),
        [TAG.stripBytes]: [960, 960, 960],
      }),
      SIZE,
    ),
    'no-photometric.tif': either(of(3, 8, { [TAG.photometric]: 999 })),
    'palette-without-colours.tif': either(of(1, 8, { [TAG.photometric]: 3 })),
    'deflate.tif': processed(
      one(
        { [TAG.compression]: 8, [TAG.stripBytes]: deflateSync(PIXELS).length },
        deflateSync(PIXELS),
      ),
      40,
      24,
    ),
  });
}
