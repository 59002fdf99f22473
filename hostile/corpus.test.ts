import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../chaos/random.ts';
import { bitFlips, truncations } from './blocks.ts';
import { makeFiles, makeMessages, makeSamples } from './corpus.ts';
import { gif, image } from './gif-writer.ts';
import type { HostileFile } from './hostile-file.ts';
import { jobIdOf } from './hostile-message.ts';
import { flatJpeg, jpegBlocks, scanBomb } from './jpeg-writer.ts';
import { pixels, png, pngBlocks, zlibZeros } from './png-writer.ts';
import type { Sample } from './samples.ts';
import { flatVp8l, webp } from './webp-writer.ts';

const size = fc.record({
  widthPx: fc.integer({ min: 1, max: 80 }),
  heightPx: fc.integer({ min: 1, max: 80 }),
});
const messages = makeMessages({
  goodSource: 'gs://imagen-sources/good.png',
  size: { widthPx: 61, heightPx: 45 },
  finishedJobId: 'done',
});
let files: HostileFile[];
let samples: Sample[];

beforeAll(async () => {
  samples = await makeSamples();
  files = await makeFiles(1);
});

/** Width and height that sharp decodes, without a warning. */
async function decodedSize(bytes: Buffer): Promise<object> {
  const decoded = sharp(bytes, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  const { info } = await decoded;
  return { widthPx: info.width, heightPx: info.height };
}

function flips(seed: number): HostileFile[] {
  return bitFlips(samples[0]!, new Random(seed), 4);
}

describe('the corpus', () => {
  it('has at least 300 files and 100 messages', () => {
    expect(files.length).toBeGreaterThanOrEqual(300);
    expect(messages.length).toBeGreaterThanOrEqual(100);
  });

  it('gives each of them a job of its own', () => {
    const names = [...files, ...messages].map(({ name }) => jobIdOf(name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has names that are file names', () => {
    expect(files.filter(({ name }) => !/^[\w.-]+$/.test(name))).toEqual([]);
  });

  it('takes its bit flips from the seed', () => {
    expect(flips(1)).toEqual(flips(1));
    expect(flips(1)).not.toEqual(flips(2));
  });

  it('has messages that Pub/Sub takes: data or an attribute, less than 10 MB', () => {
    const unfit = messages.filter(
      ({ data, attributes }) =>
        data.length > 9e6 || (data.length === 0 && Object.keys(attributes).length === 0),
    );
    expect(unfit).toEqual([]);
  });
});

describe('a sample', () => {
  it('is a good picture of its size', async () => {
    for (const sample of samples) expect(await decodedSize(sample.bytes)).toEqual(sample.size);
  });

  it('is covered by its blocks, without gaps', () => {
    for (const { bytes, blocks } of samples) {
      const ends = blocks.map(({ to }) => to);
      expect(blocks.map(({ from }) => from)).toEqual([0, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(bytes.length);
    }
  });

  it('has a block of pixels', () => {
    const without = samples.filter(({ blocks }) => !blocks.some(({ isPixels }) => isPixels));
    expect(without).toEqual([]);
  });

  it('is cut in every block, and must be refused where pixels are missing', () => {
    const [sample] = samples;
    const { bytes, blocks } = sample!;
    const cuts = truncations(sample!);
    const lastPixel = blocks.findLast(({ isPixels }) => isPixels)!.to;
    expect(cuts.every((cut) => bytes.subarray(0, cut.bytes.length).equals(cut.bytes))).toBe(true);
    for (const { from, to } of blocks) {
      expect(cuts.some((cut) => cut.bytes.length > from && cut.bytes.length < to)).toBe(true);
    }
    for (const cut of cuts) {
      expect(cut.expected.ends === 'refused').toBe(cut.bytes.length < lastPixel);
    }
  });
});

describe('a file that is written here', () => {
  it.each<[string, (size: { widthPx: number; heightPx: number }) => Buffer]>([
    ['JPEG', (of) => flatJpeg({ ...of, components: 3 })],
    ['progressive JPEG', ({ widthPx, heightPx }) => scanBomb(widthPx, heightPx, 30)],
    ['PNG', (of) => png(of, pixels(of))],
    ['WebP', ({ widthPx, heightPx }) => webp(flatVp8l(widthPx, heightPx))],
    ['GIF', (of) => gif(of, image({ x: 0, y: 0, ...of }))],
  ])('is a good %s of the size it says', async (_, write) => {
    await fc.assert(
      fc.asyncProperty(size, async (of) => {
        expect(await decodedSize(write(of))).toEqual(of);
      }),
      { numRuns: 20 },
    );
  });

  it('has as many scans as it is asked for', () => {
    const scans = jpegBlocks(scanBomb(40, 24, 100)).filter(({ isPixels }) => isPixels);
    expect(scans).toHaveLength(1 + 100);
  });

  it('inflates to zeros', () => {
    expect(inflateSync(zlibZeros(3_000_000)).equals(Buffer.alloc(3 << 20))).toBe(true);
  });

  it('has its chunks found by name', () => {
    const bytes = png({ widthPx: 1, heightPx: 1 }, pixels({ widthPx: 1, heightPx: 1 }));
    const names = pngBlocks(bytes).map(({ name }) => name);
    expect(names).toEqual(['signature', 'IHDR', 'IDAT', 'IEND']);
  });
});
