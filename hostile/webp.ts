import { concat, le16, le32, patched, repeated, spliced } from './bytes.ts';
import { either, type HostileFile, ofKind, processed, REFUSALS, refused } from './hostile-file.ts';
import { animation, drawn, type Sample, SAMPLE_SIZE, sizeOf } from './samples.ts';
import { anmf, flatVp8l, riffChunk, VP8X_FLAGS, vp8x, webp, webpBlocks } from './webp-writer.ts';

/** A lossy, a lossless and an animated WebP, and one whose alpha is a chunk of its own. */
export async function webpSamples(): Promise<Sample[]> {
  const frames = await animation();
  const files = {
    'lossy.webp': await drawn().webp().toBuffer(),
    'lossless.webp': await drawn().webp({ lossless: true }).toBuffer(),
    'alpha.webp': await drawn(SAMPLE_SIZE, 4).webp().toBuffer(),
    'animated.webp': await frames.webp().toBuffer(),
  };
  return Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes,
    size: SAMPLE_SIZE,
    blocks: webpBlocks(bytes),
  }));
}

/** WebPs that lie about themselves, are built against the rules, or seldom seen. @param lossy a good one */
export function webpFiles(lossy: Buffer): HostileFile[] {
  return [...lyingSizes(lossy), ...brokenStructure(lossy), ...animations(), ...oddSizes()];
}

const PICTURE = flatVp8l(40, 24);
const SIZE = sizeOf(40, 24);
const { animation: ANIMATED, alpha: ALPHA, icc: ICC } = VP8X_FLAGS;

function onCanvas(widthPx: number, heightPx: number): Buffer {
  return webp(vp8x(0, widthPx, heightPx), PICTURE);
}

function lyingSizes(lossy: Buffer): HostileFile[] {
  // RIFF header, chunk header, frame tag, start code.
  const withSize = (widthPx: number, heightPx: number): Buffer =>
    patched(lossy, 12 + 8 + 6, le16(widthPx), le16(heightPx));
  const { widthPx, heightPx } = SAMPLE_SIZE;
  return ofKind('lying size', {
    'vp8-0x0.webp': refused(withSize(0, 0)),
    'vp8-0xN.webp': refused(withSize(0, heightPx)),
    'vp8-Nx0.webp': refused(withSize(widthPx, 0)),
    'vp8-16383x16383.webp': refused(withSize(16_383, 16_383), REFUSALS),
    'vp8-too-high.webp': either(withSize(widthPx, heightPx + 2_000)),
    'vp8-scaled.webp': either(withSize(widthPx | 0xc000, heightPx | 0xc000)),
    'vp8l-16384x16384-cut.webp': refused(
      webp(riffChunk('VP8L', flatVp8l(16_384, 16_384).subarray(8, 13))),
      REFUSALS,
    ),
    'canvas-16777216x16777216.webp': refused(onCanvas(2 ** 24, 2 ** 24), REFUSALS),
    'canvas-16777216x1.webp': refused(onCanvas(2 ** 24, 1), REFUSALS),
    'canvas-65535x65535.webp': refused(onCanvas(65_535, 65_535), REFUSALS),
    'canvas-1x1-of-larger-frame.webp': either(onCanvas(1, 1)),
    'canvas-7000x7000-of-smaller-frame.webp': either(onCanvas(7_000, 7_000)),
  });
}

function brokenStructure(lossy: Buffer): HostileFile[] {
  const withRiffSize = (sizeBytes: number): Buffer => patched(lossy, 4, le32(sizeBytes));
  const withChunkSize = (sizeBytes: number): Buffer => patched(lossy, 16, le32(sizeBytes));
  const frameBytes = lossy.subarray(20);
  const { widthPx, heightPx } = SAMPLE_SIZE;
  const extended = (flags: number, ...chunks: Buffer[]): Buffer =>
    webp(vp8x(flags, widthPx, heightPx), ...chunks, lossy.subarray(12));
  return ofKind('WebP structure', {
    'riff-size-0.webp': refused(withRiffSize(0)),
    'riff-size-4294967295.webp': either(withRiffSize(2 ** 32 - 1)),
    'riff-size-odd.webp': either(withRiffSize(lossy.length - 9)),
    'riff-size-too-small.webp': refused(withRiffSize(40)),
    'chunk-size-0.webp': refused(withChunkSize(0)),
    'chunk-size-4294967295.webp': refused(withChunkSize(2 ** 32 - 1)),
    'chunk-size-10.webp': refused(withChunkSize(10)),
    'only-riff.webp': refused(webp()),
    'only-vp8x.webp': refused(webp(vp8x(0, 40, 24))),
    'vp8x-of-4-bytes.webp': refused(webp(riffChunk('VP8X', le32(0)), PICTURE)),
    'riff-of-wave.webp': refused(concat('RIFF', le32(4), 'WAVE')),
    'no-key-frame.webp': refused(patched(lossy, 20, frameBytes[0]! | 1)),
    'partition-beyond-end.webp': refused(patched(lossy, 20, frameBytes[0]! | 0xe0, 0xff, 0xff)),
    'all-flags-and-nothing.webp': either(extended(0xff)),
    'alpha-of-noise.webp': either(
      extended(ALPHA, riffChunk('ALPH', 1, frameBytes.subarray(9, 60))),
    ),
    'alpha-empty.webp': either(extended(ALPHA, riffChunk('ALPH'))),
    'icc-empty.webp': either(extended(ICC, riffChunk('ICCP')), SAMPLE_SIZE),
    '20000-unknown-chunks.webp': either(
      extended(0, repeated(20_000, riffChunk('XXXX', 'x'))),
      SAMPLE_SIZE,
    ),
    'two-pictures.webp': either(webp(PICTURE, PICTURE), SIZE),
    '10-MB-behind.webp': either(concat(lossy, Buffer.alloc(10 << 20)), SAMPLE_SIZE),
  });
}

function animations(): HostileFile[] {
  const anim = riffChunk('ANIM', le32(0), le16(0));
  const animated = (...chunks: Buffer[]): Buffer => webp(vp8x(ANIMATED, 40, 24), ...chunks);
  const frame = anmf({ x: 0, y: 0, ...SIZE }, PICTURE);
  return ofKind('WebP structure', {
    'animation-without-frames.webp': refused(animated(anim)),
    'animation-without-anim.webp': either(animated(frame), SIZE),
    'frame-beyond-canvas.webp': refused(animated(anim, anmf({ x: 20, y: 20, ...SIZE }, PICTURE))),
    'frame-far-beyond-canvas.webp': refused(
      animated(anim, anmf({ x: 2 ** 24, y: 2 ** 24, ...SIZE }, PICTURE)),
    ),
    'frame-without-picture.webp': refused(animated(anim, anmf({ x: 0, y: 0, ...SIZE }))),
    'frame-of-other-size.webp': either(
      animated(anim, anmf({ x: 0, y: 0, widthPx: 8, heightPx: 8 }, PICTURE)),
    ),
    'frame-in-frame.webp': either(animated(anim, anmf({ x: 0, y: 0, ...SIZE }, frame))),
    'frame-cut.webp': refused(spliced(animated(anim, frame), 80, 10)),
    'flag-without-animation.webp': either(webp(vp8x(ANIMATED, 40, 24), PICTURE), SIZE),
  });
}

function oddSizes(): HostileFile[] {
  const sizes = [
    [1, 1],
    [1, 3],
    [7, 1],
    [2, 129],
  ] as const;
  const cases = sizes.map(([width, height]) => {
    const file = webp(flatVp8l(width, height));
    return [`${width}x${height}.webp`, processed(file, width, height)] as const;
  });
  return ofKind('odd colours', Object.fromEntries(cases));
}
