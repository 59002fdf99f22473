import { encode } from '../packages/worker/src/image/encode.ts';
import type { OutputFormat } from '@imagen/contracts';
import type { Random } from './random.ts';

/** A source object of the suite; without bytes it is one that does not exist. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: Buffer | undefined;
  /** False for those whose jobs must fail. */
  readonly isGood: boolean;
}

/** How many pictures jobs choose from. */
const GOOD_SOURCES = 14;
/** Most pictures are one tile; small ones keep a run of 1,000 jobs to minutes. */
const SMALL_PX = { min: 40, max: 200 };
/** Every fifth is larger, so that several tiles are in flight when something breaks. */
const LARGE_PX = { min: 240, max: 300 };

/** Makes the sources of a seed: pictures of all formats, some with alpha, and three that no job can succeed with. */
export async function makeSources(random: Random): Promise<SourceFile[]> {
  const good = [];
  for (let index = 0; index < GOOD_SOURCES; index++) good.push(await goodSource(random, index));
  const [first] = good;
  const text = Buffer.from('This is no picture.\n'.repeat(20));
  const half = first?.bytes?.subarray(0, first.bytes.length >> 1);
  return [
    ...good,
    { name: 'bad/text.jpg', bytes: text, isGood: false },
    { name: 'bad/missing.jpg', bytes: undefined, isGood: false },
    { name: 'bad/truncated.png', bytes: half, isGood: false },
  ];
}

/** A picture of about that size, for jobs that should take longer. */
export async function makeLargePicture(random: Random, sidePx: number): Promise<Buffer> {
  return encodePicture(random, { widthPx: sidePx, heightPx: sidePx, hasAlpha: false }, 'png');
}

async function goodSource(random: Random, index: number): Promise<SourceFile> {
  const { min, max } = index % 5 === 4 ? LARGE_PX : SMALL_PX;
  const size = { widthPx: random.int(min, max), heightPx: random.int(min, max) };
  const hasAlpha = index % 3 === 0;
  const format = hasAlpha ? random.pick(['png', 'webp'] as const) : FORMATS[index % 3]!;
  // The first is the one that is cut in half, and half a PNG is surely damaged.
  const chosen = index === 0 ? 'png' : format;
  const bytes = await encodePicture(random, { ...size, hasAlpha }, chosen);
  return { name: `good/${index}.${chosen}`, bytes, isGood: true };
}

const FORMATS: readonly OutputFormat[] = ['png', 'jpeg', 'webp'];

async function encodePicture(
  random: Random,
  { widthPx, heightPx, hasAlpha }: { widthPx: number; heightPx: number; hasAlpha: boolean },
  format: OutputFormat,
): Promise<Buffer> {
  const data = paint(random, widthPx, heightPx);
  const size = { widthPx, heightPx };
  const picture = { rgb: { data, ...size, channels: 3 as const } };
  const alpha = { data: fade(widthPx, heightPx), ...size, channels: 1 as const };
  const { bytes } = await encode(hasAlpha ? { ...picture, alpha } : picture, { format });
  return Buffer.from(bytes);
}

/** Two colours that run into each other, a disc on them, and noise. */
function paint(random: Random, widthPx: number, heightPx: number): Uint8Array {
  const colour = (): number[] => [0, 1, 2].map(() => random.int(0, 255));
  const [from, to, disc] = [colour(), colour(), colour()];
  const radius = Math.min(widthPx, heightPx) / 3;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let at = 0; at < data.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const [x, y] = [pixel % widthPx, Math.floor(pixel / widthPx)];
    const share = (x + y) / (widthPx + heightPx);
    const isDisc = Math.hypot(x - widthPx / 2, y - heightPx / 2) < radius;
    const ground = (from[channel] ?? 0) * (1 - share) + (to[channel] ?? 0) * share;
    const value = (isDisc ? (disc[channel] ?? 0) : ground) + random.int(-12, 12);
    data[at] = Math.max(0, Math.min(255, Math.round(value)));
  }
  return data;
}

function fade(widthPx: number, heightPx: number): Uint8Array {
  return Uint8Array.from({ length: widthPx * heightPx }, (_, at) =>
    Math.round((255 * (at % widthPx)) / widthPx),
  );
}
