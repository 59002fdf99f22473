import { deflateSync } from 'node:zlib';
import { be16, be32, concat, patched, repeated, spliced } from './bytes.ts';
import { either, type HostileFile, ofKind, processed, REFUSALS, refused } from './hostile-file.ts';
import { chunk, type Header, ihdr, pixels, png, PNG_SIGNATURE, pngBlocks } from './png-writer.ts';
import { drawn, type Sample, SAMPLE_SIZE, sizeOf } from './samples.ts';

/** A plain, an interlaced and a palette PNG. */
export async function pngSamples(): Promise<Sample[]> {
  const plain = await drawn().png().toBuffer();
  const interlaced = await drawn().png({ progressive: true }).toBuffer();
  const palette = await drawn().png({ palette: true, colours: 16 }).toBuffer();
  const files = { 'plain.png': plain, 'interlaced.png': interlaced, 'palette.png': palette };
  return Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes,
    size: SAMPLE_SIZE,
    blocks: pngBlocks(bytes),
  }));
}

/** PNGs that lie about themselves, are built against the rules, or seldom seen. */
export function pngFiles(): HostileFile[] {
  return [...lyingSizes(), ...badHeaders(), ...brokenStructure(), ...oddColours(), ...palettes()];
}

const SIZE: Header = { widthPx: 40, heightPx: 24 };
const PIXELS = pixels(SIZE);
const GOOD = png(SIZE, PIXELS);

function withSize(widthPx: number, heightPx: number): Buffer {
  return png({ ...SIZE, widthPx, heightPx }, PIXELS);
}

function lyingSizes(): HostileFile[] {
  const largest = 2 ** 31 - 1;
  return ofKind('lying size', {
    '0x0.png': refused(withSize(0, 0)),
    '0xN.png': refused(withSize(0, 24)),
    'Nx0.png': refused(withSize(40, 0)),
    '2147483647x2147483647.png': refused(withSize(largest, largest), REFUSALS),
    '2147483647x1.png': refused(withSize(largest, 1), REFUSALS),
    '1x2147483647.png': refused(withSize(1, largest), REFUSALS),
    '4294967295x4294967295.png': refused(withSize(2 ** 32 - 1, 2 ** 32 - 1), REFUSALS),
    '65535x65535.png': refused(withSize(65_535, 65_535), REFUSALS),
    'too-wide.png': refused(withSize(41, 24)),
    'too-high.png': refused(withSize(40, 25)),
    'too-low.png': either(withSize(40, 20), sizeOf(40, 20)),
    '7000x7000-without-rows.png': refused(withSize(7_000, 7_000)),
  });
}

function badHeaders(): HostileFile[] {
  const headers: Record<string, Partial<Header>> = {
    'bit-depth-3.png': { bitDepth: 3 },
    'bit-depth-0.png': { bitDepth: 0 },
    'rgb-of-4-bits.png': { bitDepth: 4 },
    'palette-of-16-bits.png': { bitDepth: 16, colourType: 3 },
    'colour-type-1.png': { colourType: 1 },
    'colour-type-7.png': { colourType: 7 },
    'compression-1.png': { compression: 1 },
    'filter-5.png': { filter: 5 },
    'interlace-2.png': { interlace: 2 },
  };
  const cases = Object.entries(headers).map(
    ([name, fields]) => [name, refused(png({ ...SIZE, ...fields }, PIXELS))] as const,
  );
  return ofKind('PNG structure', Object.fromEntries(cases));
}

function brokenStructure(): HostileFile[] {
  const data = deflateSync(Buffer.alloc(24 * 121));
  const idat = (bytes: Buffer): Buffer => png(SIZE, chunk('IDAT', bytes));
  const header = ihdr(SIZE);
  const size = sizeOf(40, 24);
  const afterHeader = 8 + header.length;
  return ofKind('PNG structure', {
    'no-idat.png': refused(png(SIZE)),
    'empty-idat.png': refused(idat(Buffer.alloc(0))),
    'no-ihdr.png': refused(concat(PNG_SIGNATURE, PIXELS, chunk('IEND'))),
    'idat-before-ihdr.png': refused(concat(PNG_SIGNATURE, PIXELS, header, chunk('IEND'))),
    'two-ihdr.png': either(png(SIZE, header, PIXELS), size),
    'ihdr-of-12-bytes.png': refused(concat(PNG_SIGNATURE, chunk('IHDR', Buffer.alloc(12)), PIXELS)),
    'wrong-crc-of-ihdr.png': refused(patched(GOOD, 29, 1, 2, 3, 4)),
    'wrong-crc-of-idat.png': refused(patched(GOOD, afterHeader + PIXELS.length - 4, 1, 2, 3, 4)),
    'length-2147483647.png': refused(patched(GOOD, afterHeader, be32(2 ** 31 - 1))),
    'length-4294967295.png': refused(patched(GOOD, afterHeader, be32(2 ** 32 - 1))),
    'wrong-adler.png': either(idat(patched(data, data.length - 4, be32(7))), size),
    'zlib-method-7.png': refused(idat(patched(data, 0, 0x77))),
    'zlib-dictionary.png': refused(idat(patched(data, 1, 0xbb))),
    'row-filter-9.png': refused(idat(deflateSync(Buffer.alloc(24 * 121, 9)))),
    '1-byte-idats.png': processed(
      png(SIZE, ...Array.from(data, (byte) => chunk('IDAT', byte))),
      40,
      24,
    ),
    '100000-empty-idats.png': either(png(SIZE, repeated(100_000, chunk('IDAT')), PIXELS), size),
    '50000-private-chunks.png': either(
      png(SIZE, repeated(50_000, chunk('prVt', 'x')), PIXELS),
      size,
    ),
    'unknown-critical-chunk.png': refused(png(SIZE, chunk('BAAD', 'x'), PIXELS)),
    'chunk-name-of-controls.png': refused(
      spliced(GOOD, afterHeader, 0, be32(0), '\0\n\x1b\x7f', be32(0)),
    ),
    'gamma-0.png': either(png(SIZE, chunk('gAMA', be32(0)), PIXELS), size),
    'chromaticities-0.png': either(png(SIZE, chunk('cHRM', Buffer.alloc(32)), PIXELS), size),
    'significant-bits-255.png': either(png(SIZE, chunk('sBIT', 255, 255, 255), PIXELS), size),
    'density-4294967295.png': either(
      png(SIZE, chunk('pHYs', be32(2 ** 32 - 1), be32(0), 1), PIXELS),
      size,
    ),
    'apng.png': processed(apng(), 40, 24),
    '10-MB-behind.png': either(concat(GOOD, Buffer.alloc(10 << 20)), size),
  });
}

/** An animation that promises 4,294,967,295 frames and has one. */
function apng(): Buffer {
  const frame = concat(be32(0), be32(40), be32(24), be32(0), be32(0), be16(1), be16(0), 0, 0);
  return png(SIZE, chunk('acTL', be32(2 ** 32 - 1), be32(0)), chunk('fcTL', frame), PIXELS);
}

function oddColours(): HostileFile[] {
  const headers: Record<string, Partial<Header>> = {
    'grey-1-bit.png': { bitDepth: 1, colourType: 0 },
    'grey-2-bits.png': { bitDepth: 2, colourType: 0 },
    'grey-4-bits.png': { bitDepth: 4, colourType: 0 },
    'grey-16-bits.png': { bitDepth: 16, colourType: 0 },
    'grey-alpha.png': { colourType: 4 },
    'grey-alpha-16-bits.png': { bitDepth: 16, colourType: 4 },
    'rgb-16-bits.png': { bitDepth: 16 },
    'rgba-16-bits.png': { bitDepth: 16, colourType: 6 },
  };
  const cases = Object.entries(headers).map(([name, fields]) => {
    const header = { ...SIZE, ...fields };
    return [name, processed(png(header, pixels(header)), 40, 24)] as const;
  });
  const one = { ...SIZE, widthPx: 1, heightPx: 1 };
  return ofKind('odd colours', {
    ...Object.fromEntries(cases),
    '1x1.png': processed(png(one, pixels(one)), 1, 1),
    '1x1-interlaced.png': processed(png({ ...one, interlace: 1 }, pixels(one)), 1, 1),
  });
}

function colours(count: number): Buffer {
  return chunk('PLTE', Buffer.alloc(3 * count, 0x55));
}

function palettes(): HostileFile[] {
  const header = { ...SIZE, colourType: 3 };
  const size = sizeOf(40, 24);
  const withChunks = (...chunks: Buffer[]): Buffer => png(header, ...chunks, pixels(header));
  return ofKind('odd colours', {
    'no-palette.png': refused(withChunks()),
    'empty-palette.png': refused(withChunks(colours(0))),
    'palette-of-2.png': either(withChunks(colours(2)), size),
    'palette-of-257.png': either(withChunks(colours(257)), size),
    'palette-of-half-a-colour.png': either(withChunks(chunk('PLTE', Buffer.alloc(4))), size),
    'two-palettes.png': either(withChunks(colours(256), colours(256)), size),
    'palette-behind-pixels.png': either(png(header, pixels(header), colours(256)), size),
    'trns-of-300.png': either(withChunks(colours(256), chunk('tRNS', Buffer.alloc(300))), size),
    'trns-before-palette.png': either(
      withChunks(chunk('tRNS', Buffer.alloc(9)), colours(256)),
      size,
    ),
    'trns-of-5-for-rgb.png': either(png(SIZE, chunk('tRNS', Buffer.alloc(5)), PIXELS), size),
    'trns-of-rgba.png': either(
      png({ ...SIZE, colourType: 6 }, chunk('tRNS', be16(1)), pixels({ ...SIZE, colourType: 6 })),
      size,
    ),
    '1-bit-palette.png': processed(
      png({ ...header, bitDepth: 1 }, colours(2), pixels({ ...header, bitDepth: 1 })),
      40,
      24,
    ),
  });
}
