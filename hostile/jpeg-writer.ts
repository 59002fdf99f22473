import { be16, concat, type Part } from './bytes.ts';
import { type Block, inARow } from './blocks.ts';

/** Start and end of a JPEG. */
export const SOI: Buffer = Buffer.of(0xff, 0xd8);
/** As {@link SOI}. */
export const EOI: Buffer = Buffer.of(0xff, 0xd9);

/** A marker with its length and what follows. */
export function segment(marker: number, ...parts: readonly Part[]): Buffer {
  const payload = concat(...parts);
  return concat(0xff, marker, be16(payload.length + 2), payload);
}

/** The segments of a JPEG, each scan's coded data as a block of its own. */
export function jpegBlocks(bytes: Buffer): Block[] {
  const lengths: [string, number, boolean][] = [['soi', 2, false]];
  let at = 2;
  while (at < bytes.length) {
    const marker = bytes[at + 1]!;
    const name = `segment ${marker.toString(16)}`;
    const sizeBytes = marker === 0xd9 ? 2 : 2 + bytes.readUInt16BE(at + 2);
    lengths.push([name, sizeBytes, false]);
    at += sizeBytes;
    if (marker !== 0xda) continue;
    const end = nextMarker(bytes, at);
    lengths.push(['scan', end - at, true]);
    at = end;
  }
  return inARow(lengths);
}

function nextMarker(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from);
  // Not a stuffed byte, nor a restart marker.
  while (at >= 0 && (bytes[at + 1] === 0 || (bytes[at + 1]! & 0xf8) === 0xd0)) {
    at = bytes.indexOf(0xff, at + 1);
  }
  return at < 0 ? bytes.length : at;
}

/** What a grey-in-grey JPEG of our own says it is. */
export interface FlatJpeg {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Default 1. */
  readonly components?: number;
  /** Marker of the frame header. Default 0xc0, baseline. */
  readonly sof?: number;
  /** Bits. Default 8. */
  readonly precision?: number;
  /** Segments after the first marker. */
  readonly before?: readonly Part[];
}

/** A JPEG of one colour, 128 in each component: two bits per block, so that files of any size are small. */
export function flatJpeg(fields: FlatJpeg): Buffer {
  const { widthPx, heightPx, components = 1, sof = 0xc0, precision = 8, before = [] } = fields;
  const ids = Array.from({ length: components }, (_, index) => index + 1);
  const blocks = Math.ceil(widthPx / 8) * Math.ceil(heightPx / 8) * components;
  const frame = [precision, be16(heightPx), be16(widthPx), components];
  return concat(
    SOI,
    ...before,
    FLAT_TABLES,
    segment(sof, ...frame, ...ids.flatMap((id) => [id, 0x11, 0])),
    segment(0xda, components, ...ids.flatMap((id) => [id, 0]), 0, 63, 0),
    zeroBits(2 * blocks),
    EOI,
  );
}

/**
 * A progressive grey JPEG with legal scans that say nothing: each makes a decoder pass over every block.
 * @param scans at most 882
 */
export function scanBomb(widthPx: number, heightPx: number, scans: number): Buffer {
  const blocks = Math.ceil(widthPx / 8) * Math.ceil(heightPx / 8);
  // One code that ends the band of 16,384 blocks: a bit and 14 more.
  const passBits = 15 * Math.ceil(blocks / 16_384);
  const passes = Array.from({ length: scans }, (_, index) => {
    const band = 1 + Math.floor(index / 14);
    const round = index % 14;
    const bits = round === 0 ? 0x0d : ((14 - round) << 4) | (13 - round);
    return concat(segment(0xda, 1, 1, 0, band, band, bits), zeroBits(passBits));
  });
  return concat(
    SOI,
    FLAT_TABLES,
    segment(0xc4, 0x10, 1, Buffer.alloc(15), 0xe0),
    segment(0xc2, 8, be16(heightPx), be16(widthPx), 1, 1, 0x11, 0),
    segment(0xda, 1, 1, 0, 0, 0, 0),
    zeroBits(blocks),
    ...passes,
    EOI,
  );
}

/** Quantisation by 1; one code of one bit, 0, in both Huffman tables: no difference, and end of block. */
const FLAT_TABLES: Buffer = concat(
  segment(0xdb, 0, Buffer.alloc(64, 1)),
  segment(0xc4, 0x00, 1, Buffer.alloc(15), 0),
  segment(0xc4, 0x10, 1, Buffer.alloc(15), 0),
);

/** Filled up with ones to a whole byte, as the standard asks. */
function zeroBits(count: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(count / 8));
  if (count % 8 > 0) bytes[bytes.length - 1] = 0xff >> (count % 8);
  return bytes;
}
