import type { Random } from '../chaos/random.ts';
import { ofKind, either, type HostileFile, refused } from './hostile-file.ts';
import type { Sample } from './samples.ts';

/** A structural part of a file: the bytes `[from, to)`. */
export interface Block {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Pixels of the first picture: where they are not all there, the file must be refused. */
  readonly isPixels?: boolean;
}

/** Blocks of these lengths, one after the other. */
export function inARow(
  lengths: readonly (readonly [name: string, sizeBytes: number, isPixels?: boolean])[],
): Block[] {
  let to = 0;
  return lengths.map(([name, sizeBytes, isPixels = false]) => {
    to += sizeBytes;
    return { name, from: to - sizeBytes, to, isPixels };
  });
}

/** The sample cut before, in the middle of and after each of its blocks. */
export function truncations({ name, bytes, size, blocks }: Sample): HostileFile[] {
  const needed = Math.max(0, ...blocks.map(({ to, isPixels }) => (isPixels ? to : 0)));
  const cuts = blocks.flatMap(({ from, to }) => [from, (from + to) >> 1, to]);
  const cases = [...new Set(cuts)]
    .filter((cut) => cut > 0 && cut < bytes.length)
    .map((cut) => {
      const rest = bytes.subarray(0, cut);
      const at = String(cut).padStart(5, '0');
      return [`cut-${at}-${name}`, cut < needed ? refused(rest) : either(rest, size)] as const;
    });
  return ofKind('truncated', Object.fromEntries(cases));
}

/** Copies of the sample with one to three bits flipped: `count` before its pixels, and as many in them. */
export function bitFlips(sample: Sample, random: Random, count: number): HostileFile[] {
  const { name, bytes, blocks } = sample;
  const pixels = blocks.find(({ isPixels }) => isPixels);
  if (pixels === undefined) throw new Error(`${name} has no pixels`);
  const areas = { header: [0, pixels.from - 1], pixels: [pixels.from, bytes.length - 1] } as const;
  const cases = Object.entries(areas).flatMap(([area, [from, to]]) =>
    Array.from({ length: count }, (_, index) => {
      const flipped = Buffer.from(bytes);
      for (let flips = random.int(1, 3); flips > 0; flips--) {
        flipped[random.int(from, to)]! ^= 1 << random.int(0, 7);
      }
      return [`flip-${area}-${index}-${name}`, either(flipped)] as const;
    }),
  );
  return ofKind('bits flipped', Object.fromEntries(cases));
}
