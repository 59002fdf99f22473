import { be16, concat, patched, repeated, spliced } from './bytes.ts';
import { either, type HostileFile, ofKind, processed, REFUSALS, refused } from './hostile-file.ts';
import { EOI, flatJpeg, jpegBlocks, segment, SOI } from './jpeg-writer.ts';
import { drawn, type Sample, SAMPLE_SIZE } from './samples.ts';

/** A baseline and a progressive JPEG. */
export async function jpegSamples(): Promise<Sample[]> {
  const baseline = await drawn().jpeg({ optimiseCoding: false }).toBuffer();
  const progressive = await drawn().jpeg({ progressive: true }).toBuffer();
  return Object.entries({ 'baseline.jpg': baseline, 'progressive.jpg': progressive }).map(
    ([name, bytes]) => ({ name, bytes, size: SAMPLE_SIZE, blocks: jpegBlocks(bytes) }),
  );
}

/** JPEGs that lie about themselves, are built against the rules, or seldom seen. @param good a baseline one */
export function jpegFiles(good: Buffer): HostileFile[] {
  return [...lyingSizes(good), ...brokenStructure(good), ...oddColours()];
}

function lyingSizes(good: Buffer): HostileFile[] {
  const withSize = (heightPx: number, widthPx: number): Buffer =>
    patched(good, frameOf(good) + 5, be16(heightPx), be16(widthPx));
  const { widthPx, heightPx } = SAMPLE_SIZE;
  return ofKind('lying size', {
    '0x0.jpg': refused(withSize(0, 0)),
    '0xN.jpg': refused(withSize(heightPx, 0)),
    'Nx0.jpg': refused(withSize(0, widthPx)),
    '65535x65535.jpg': refused(withSize(65_535, 65_535), REFUSALS),
    'too-wide.jpg': either(withSize(heightPx, widthPx + 40)),
    // The decoder only warns of rows that are missing where the file has its end.
    'too-high.jpg': either(withSize(heightPx + 400, widthPx)),
    'too-low.jpg': either(withSize(heightPx - 20, widthPx)),
    // Its number of lines comes after the scan.
    'dnl.jpg': either(
      concat(withSize(0, widthPx).subarray(0, -2), segment(0xdc, be16(heightPx)), EOI),
    ),
  });
}

function comment(sizeBytes: number): Buffer {
  return segment(0xfe, Buffer.alloc(sizeBytes, 'x'));
}

function brokenStructure(good: Buffer): HostileFile[] {
  const frame = frameOf(good);
  const scan = good.indexOf(Buffer.of(0xff, 0xda));
  const rest = good.subarray(2);
  const frameBytes = good.subarray(frame, frame + 2 + good.readUInt16BE(frame + 2));
  const withoutFrame = spliced(good, frame, frameBytes.length);
  return ofKind('JPEG structure', {
    'no-frame.jpg': refused(withoutFrame),
    'frame-after-scan.jpg': refused(concat(withoutFrame.subarray(0, -2), frameBytes, EOI)),
    'two-frames.jpg': either(spliced(good, frame, 0, frameBytes)),
    'two-sois.jpg': either(concat(SOI, good)),
    'only-markers.jpg': refused(concat(SOI, EOI)),
    'segment-length-0.jpg': refused(patched(good, frame + 2, be16(0))),
    'segment-length-1.jpg': refused(patched(good, frame + 2, be16(1))),
    'segment-beyond-end.jpg': refused(patched(good, frame + 2, be16(65_535))),
    'components-0.jpg': refused(patched(good, frame + 9, 0)),
    'components-255.jpg': refused(patched(good, frame + 9, 255)),
    'sampling-0.jpg': refused(patched(good, frame + 11, 0)),
    'sampling-15x15.jpg': refused(patched(good, frame + 11, 0xff)),
    'no-such-table.jpg': refused(patched(good, frame + 12, 3)),
    'scan-of-other-component.jpg': refused(patched(good, scan + 5, 77)),
    'overfull-huffman.jpg': refused(
      spliced(good, scan, 0, segment(0xc4, 0, Buffer.alloc(16, 15), Buffer.alloc(240))),
    ),
    'quantised-by-0.jpg': either(
      spliced(good, scan, 0, segment(0xdb, 0, Buffer.alloc(64))),
      SAMPLE_SIZE,
    ),
    'restart-every-block.jpg': either(spliced(good, scan, 0, segment(0xdd, be16(1)))),
    'fill-bytes.jpg': either(concat(SOI, Buffer.alloc(100_000, 0xff), rest), SAMPLE_SIZE),
    '1-MB-of-comments.jpg': either(concat(SOI, repeated(16, comment(65_533)), rest)),
    '20000-comments.jpg': either(concat(SOI, repeated(20_000, comment(1)), rest)),
    '10-MB-behind.jpg': either(concat(good, Buffer.alloc(10 << 20, 0xff)), SAMPLE_SIZE),
    'two-pictures.jpg': either(concat(good, good), SAMPLE_SIZE),
  });
}

/** Adobe's marker, with its transform: 0 none, 1 YCbCr, 2 YCCK. */
const adobe = (transform: number): Buffer =>
  segment(0xee, 'Adobe', be16(100), be16(0), be16(0), transform);

function oddColours(): HostileFile[] {
  const size = { widthPx: 40, heightPx: 24 };
  const cmyk = { ...size, components: 4 };
  return ofKind('odd colours', {
    'grey.jpg': processed(flatJpeg(size), 40, 24),
    '2-components.jpg': either(flatJpeg({ ...size, components: 2 }), size),
    '3-components.jpg': processed(flatJpeg({ ...size, components: 3 }), 40, 24),
    'rgb-by-adobe.jpg': processed(flatJpeg({ ...size, components: 3, before: [adobe(0)] }), 40, 24),
    'cmyk.jpg': processed(flatJpeg(cmyk), 40, 24),
    'cmyk-by-adobe.jpg': processed(flatJpeg({ ...cmyk, before: [adobe(0)] }), 40, 24),
    'ycck-by-adobe.jpg': processed(flatJpeg({ ...cmyk, before: [adobe(2)] }), 40, 24),
    'adobe-transform-77.jpg': either(flatJpeg({ ...cmyk, before: [adobe(77)] }), size),
    '10-components.jpg': refused(flatJpeg({ ...size, components: 10 })),
    '12-bit.jpg': refused(flatJpeg({ ...size, sof: 0xc1, precision: 12 })),
    '16-bit.jpg': refused(flatJpeg({ ...size, precision: 16 })),
    'lossless.jpg': refused(flatJpeg({ ...size, sof: 0xc3 })),
    'hierarchical.jpg': refused(flatJpeg({ ...size, sof: 0xc5 })),
    'arithmetic.jpg': either(flatJpeg({ ...size, sof: 0xc9 }), size),
    'jpeg-ls.jpg': refused(flatJpeg({ ...size, sof: 0xf7 })),
  });
}

/** Where the frame header begins. */
function frameOf(bytes: Buffer): number {
  const frame = jpegBlocks(bytes).find(({ name }) => /^segment c[0-2]$/.test(name));
  if (frame === undefined) throw new Error('no frame header');
  return frame.from;
}
