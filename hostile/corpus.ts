import { Random } from '../chaos/random.ts';
import { avifFiles, avifSamples } from './avif.ts';
import { bitFlips, truncations } from './blocks.ts';
import { bombs } from './bombs.ts';
import { foreignFiles } from './foreign.ts';
import { gifFiles, gifSamples } from './gif.ts';
import type { HostileFile } from './hostile-file.ts';
import type { HostileMessage, MessageContext } from './hostile-message.ts';
import { jpegFiles, jpegSamples } from './jpeg.ts';
import { fieldMessages } from './message-fields.ts';
import { shapelessMessages } from './message-shapes.ts';
import { sourceMessages } from './message-sources.ts';
import { metadataFiles } from './metadata.ts';
import { pngFiles, pngSamples } from './png.ts';
import type { Sample } from './samples.ts';
import { tiffFiles, tiffSamples } from './tiff.ts';
import { webpFiles, webpSamples } from './webp.ts';

/** Bit flips per sample: so many before its pixels, and so many in them. */
const FLIPS = 4;

/** A good file of every kind that is cut and flipped. */
export async function makeSamples(): Promise<Sample[]> {
  const makers = [jpegSamples, pngSamples, webpSamples, gifSamples, tiffSamples, avifSamples];
  const samples = [];
  for (const make of makers) samples.push(...(await make()));
  return samples;
}

/** Every hostile file; the seed decides flips and noise. */
export async function makeFiles(seed: number): Promise<HostileFile[]> {
  const random = new Random(seed);
  const samples = await makeSamples();
  const sample = (name: string): Buffer => {
    const found = samples.find((some) => some.name === name);
    if (found === undefined) throw new Error(`no sample ${name}`);
    return found.bytes;
  };
  return [
    ...(await bombs()),
    ...samples.flatMap((some) => truncations(some)),
    ...samples.flatMap((some) => bitFlips(some, random.fork(some.name), FLIPS)),
    ...foreignFiles(samples),
    ...jpegFiles(sample('baseline.jpg')),
    ...pngFiles(),
    ...webpFiles(sample('lossy.webp')),
    ...gifFiles(),
    ...tiffFiles(),
    ...avifFiles(sample('still.avif')),
    ...(await metadataFiles(random.fork('metadata'))),
  ];
}

/** Every hostile message. */
export function makeMessages(context: MessageContext): HostileMessage[] {
  return [...shapelessMessages(context), ...fieldMessages(context), ...sourceMessages(context)];
}
