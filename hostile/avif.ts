import { be16, be32, concat, patched, repeated, spliced } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';
import { either, type HostileFile, ofKind, REFUSALS, refused } from './hostile-file.ts';
import { drawn, type Sample, SAMPLE_SIZE } from './samples.ts';

/** Boxes that hold boxes, and the bytes of their own before these. */
const CONTAINERS: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0, iinf: 6 };

/** The boxes of an AVIF; of those that hold others, the head is a block. */
function avifBlocks(bytes: Buffer): Block[] {
  const lengths: [string, number, boolean][] = [];
  for (let at = 0; at < bytes.length;) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const own = CONTAINERS[type];
    const sizeBytes = own === undefined ? bytes.readUInt32BE(at) : 8 + own;
    lengths.push([type, sizeBytes, type === 'mdat']);
    at += sizeBytes;
  }
  return inARow(lengths);
}

/** An AVIF. */
export async function avifSamples(): Promise<Sample[]> {
  const bytes = await drawn().avif({ effort: 0 }).toBuffer();
  return [{ name: 'still.avif', bytes, size: SAMPLE_SIZE, blocks: avifBlocks(bytes) }];
}

/** The same file, saying that its picture has this size. */
export function withExtents(bytes: Buffer, widthPx: number, heightPx: number): Buffer {
  return patched(bytes, boxOf(bytes, 'ispe') + 12, be32(widthPx), be32(heightPx));
}

/** AVIFs that lie about themselves or are built against the rules. @param good a good one */
export function avifFiles(good: Buffer): HostileFile[] {
  return [...lyingSizes(good), ...boxes(good), ...items(good)];
}

function lyingSizes(good: Buffer): HostileFile[] {
  const { widthPx, heightPx } = SAMPLE_SIZE;
  const largest = 2 ** 32 - 1;
  return ofKind('lying size', {
    '0x0.avif': refused(withExtents(good, 0, 0)),
    '0xN.avif': refused(withExtents(good, 0, heightPx)),
    '65535x65535.avif': refused(withExtents(good, 65_535, 65_535), REFUSALS),
    '4294967295x4294967295.avif': refused(withExtents(good, largest, largest), REFUSALS),
    '2147483647x1.avif': refused(withExtents(good, 2 ** 31 - 1, 1), REFUSALS),
    'too-large.avif': either(withExtents(good, widthPx + 64, heightPx + 64)),
    'too-small.avif': either(withExtents(good, 16, 16)),
    '7000x7000.avif': either(withExtents(good, 7_000, 7_000)),
  });
}

function boxes(good: Buffer): HostileFile[] {
  const meta = boxOf(good, 'meta');
  const withMetaSize = (sizeBytes: number): Buffer => patched(good, meta, be32(sizeBytes));
  const brand = (name: string): Buffer => patched(good, 8, name);
  const nested = (depth: number): Buffer =>
    concat(
      good.subarray(0, meta),
      ...Array.from({ length: depth }, (_, index) =>
        concat(be32((depth - index) * 12), 'meta', be32(0)),
      ),
    );
  return ofKind('AVIF structure', {
    'heic-brand.avif': either(brand('heic'), SAMPLE_SIZE),
    'avis-brand.avif': either(brand('avis'), SAMPLE_SIZE),
    'unknown-brand.avif': either(brand('\0\n\x1b\x7f')),
    'ftyp-of-8-bytes.avif': refused(patched(good, 0, be32(8))),
    // It goes to the end of the file.
    'box-of-0-bytes.avif': either(withMetaSize(0)),
    'box-of-7-bytes.avif': refused(withMetaSize(7)),
    'box-of-4294967295-bytes.avif': refused(withMetaSize(2 ** 32 - 1)),
    'box-of-64-bit-size.avif': refused(
      spliced(good, meta, 8, be32(1), 'meta', Buffer.alloc(8, 0x7f)),
    ),
    '10000-nested-boxes.avif': refused(nested(10_000)),
    '50000-free-boxes.avif': either(
      concat(
        good.subarray(0, meta),
        repeated(50_000, concat(be32(8), 'free')),
        good.subarray(meta),
      ),
    ),
    'two-metas.avif': either(
      concat(good.subarray(0, meta), good.subarray(meta, boxOf(good, 'mdat')), good.subarray(meta)),
    ),
    '10-MB-behind.avif': either(concat(good, Buffer.alloc(10 << 20)), SAMPLE_SIZE),
  });
}

function items(good: Buffer): HostileFile[] {
  const after = (type: string, offset: number, ...bytes: Buffer[]): Buffer =>
    patched(good, boxOf(good, type) + offset, ...bytes);
  const itemType = (type: string): Buffer => after('infe', 16, Buffer.from(type));
  const renamed = (type: string): Buffer => after(type, 4, Buffer.from('free'));
  return ofKind('AVIF structure', {
    'item-of-jpeg.avif': refused(itemType('jpeg')),
    'item-of-hevc.avif': refused(itemType('hvc1')),
    'item-is-grid.avif': refused(itemType('grid')),
    'item-is-identity.avif': refused(itemType('iden')),
    'item-is-mask.avif': refused(itemType('mski')),
    'primary-item-77.avif': refused(after('pitm', 12, be16(77))),
    '65535-items.avif': refused(after('iinf', 12, be16(65_535))),
    'no-ispe.avif': either(renamed('ispe')),
    'no-av1c.avif': either(renamed('av1C')),
    'no-iloc.avif': refused(renamed('iloc')),
    'no-ipma.avif': either(renamed('ipma')),
    'no-pitm.avif': refused(renamed('pitm')),
    'data-beyond-end.avif': refused(withDataAt(good, 2 ** 32 - 16)),
    'data-at-0.avif': refused(withDataAt(good, 0)),
    'av1c-of-noise.avif': either(after('av1C', 8, Buffer.alloc(4, 0xff))),
  });
}

/** The same file, saying that the picture's data lies there. */
function withDataAt(good: Buffer, offset: number): Buffer {
  const real = boxOf(good, 'mdat') + 8;
  const iloc = boxOf(good, 'iloc');
  const at = good.indexOf(be32(real), iloc);
  if (at < 0 || at > iloc + good.readUInt32BE(iloc)) throw new Error('no offset of the data');
  return patched(good, at, be32(offset));
}

/** Where the first box of this type begins. */
function boxOf(bytes: Buffer, type: string): number {
  const box = avifBlocks(bytes).find(({ name }) => name === type);
  if (box === undefined) throw new Error(`no box ${type}`);
  return box.from;
}
