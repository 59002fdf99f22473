import { concat, le16, patched, repeated } from './bytes.ts';
import { either, type HostileFile, ofKind, processed, REFUSALS, refused } from './hostile-file.ts';
import { type Frame, gif, gifBlocks, image } from './gif-writer.ts';
import { animation, type Sample, SAMPLE_SIZE, sizeOf } from './samples.ts';

/** An animated GIF. */
export async function gifSamples(): Promise<Sample[]> {
  const frames = await animation();
  const bytes = await frames.gif({ colours: 16 }).toBuffer();
  return [{ name: 'animated.gif', bytes, size: SAMPLE_SIZE, blocks: gifBlocks(bytes) }];
}

const SIZE = sizeOf(40, 24);
const FRAME: Frame = { x: 0, y: 0, ...SIZE };

/** GIFs that lie about themselves or are built against the rules. */
export function gifFiles(): HostileFile[] {
  return [...lyingSizes(), ...brokenStructure()];
}

function whole(widthPx: number, heightPx: number): Frame {
  return { x: 0, y: 0, widthPx, heightPx };
}

function lyingSizes(): HostileFile[] {
  const onScreen = (widthPx: number, heightPx: number): Buffer =>
    gif({ widthPx, heightPx }, image(FRAME));
  // The header of a frame alone, then pixels for 40x24.
  const lying = (frame: Frame): Buffer => {
    const file = gif(SIZE, image(FRAME));
    const { x, y, widthPx, heightPx } = frame;
    const at = file.indexOf(image(FRAME)) + 1;
    return patched(file, at, le16(x), le16(y), le16(widthPx), le16(heightPx));
  };
  return ofKind('lying size', {
    'screen-0x0.gif': either(onScreen(0, 0)),
    'screen-0xN.gif': either(onScreen(0, 24)),
    'screen-65535x65535.gif': either(onScreen(65_535, 65_535)),
    'screen-65535x1.gif': either(onScreen(65_535, 1)),
    'screen-1x1-of-larger-frame.gif': either(onScreen(1, 1)),
    'frame-0x0.gif': either(lying(whole(0, 0))),
    'frame-0xN.gif': either(lying(whole(0, 24))),
    'frame-65535x65535.gif': refused(lying(whole(65_535, 65_535)), REFUSALS),
    'frame-1000x300.gif': either(lying(whole(1_000, 300))),
    'frame-41x24.gif': either(lying(whole(41, 24))),
    'frame-beyond-screen.gif': either(lying({ ...FRAME, x: 30, y: 20 })),
    'frame-at-65535.gif': either(lying({ ...FRAME, x: 65_535, y: 65_535 })),
  });
}

function comment(...blocks: Buffer[]): Buffer {
  return concat(0x21, 0xfe, ...blocks, 0);
}

function brokenStructure(): HostileFile[] {
  const good = gif(SIZE, image(FRAME));
  const codeSizeAt = good.indexOf(image(FRAME)) + 10;
  const withCodeSize = (bits: number): Buffer => patched(good, codeSizeAt, bits);
  const withComment = (...blocks: Buffer[]): Buffer => gif(SIZE, comment(...blocks), image(FRAME));
  const text = concat(255, Buffer.alloc(255, 'x'));
  const small = image({ ...FRAME, widthPx: 1, heightPx: 1 });
  return ofKind('GIF structure', {
    'gif87a.gif': processed(patched(good, 0, 'GIF87a'), 40, 24),
    'gif00a.gif': refused(patched(good, 0, 'GIF00a')),
    'no-frame.gif': refused(gif(SIZE)),
    'only-comments.gif': refused(gif(SIZE, comment(text))),
    'no-palette.gif': either(patched(good, 10, 0)),
    'background-255.gif': either(patched(good, 11, 255), SIZE),
    'code-size-0.gif': either(withCodeSize(0)),
    'code-size-1.gif': either(withCodeSize(1)),
    'code-size-12.gif': refused(withCodeSize(12)),
    'code-size-255.gif': refused(withCodeSize(255)),
    'first-code-beyond-table.gif': refused(patched(good, codeSizeAt + 2, 0xff, 0xff)),
    'block-beyond-end.gif': either(patched(good, codeSizeAt + 1, 255)),
    'unknown-block.gif': either(gif(SIZE, Buffer.of(0x77), image(FRAME))),
    'unknown-extension.gif': either(gif(SIZE, concat(0x21, 0x99, text, 0), image(FRAME)), SIZE),
    'graphic-control-of-255.gif': either(
      gif(SIZE, concat(0x21, 0xf9, text, 0), image(FRAME)),
      SIZE,
    ),
    'interlaced.gif': processed(patched(good, codeSizeAt - 1, 0x40), 40, 24),
    '1-MB-comment.gif': either(withComment(repeated(4_096, text)), SIZE),
    '20000-comments.gif': either(
      gif(SIZE, repeated(20_000, comment(concat(1, 'x'))), image(FRAME)),
      SIZE,
    ),
    'small-first-frame.gif': processed(gif(SIZE, small, image(FRAME)), 40, 24),
    '10-MB-behind.gif': either(concat(good, Buffer.alloc(10 << 20, 0x2c)), SIZE),
  });
}
