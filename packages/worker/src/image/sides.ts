import { blur, createMaps, forEachSpan, type Maps } from './maps.ts';
import { free } from './raster.ts';

/** Windows of the two passes of blur fusion: one for clean colours, one for local ones (Forte 2021). */
const FUSION_RADII_PX = [90, 6] as const;

/** Colours of the subject and of the background around every pixel: `[H, W, 3]` each, 0–1. */
export interface Sides {
  readonly front: Maps;
  readonly back: Maps;
}

/**
 * Mean colours of both sides, each pixel weighted by its share of them.
 * @param colour `[H, W, 3]`, 0–1
 * @param share the subject's, `[H, W, 1]`, 0–1
 */
export async function meanSides(colour: Maps, share: Maps, radiusPx: number): Promise<Sides> {
  return blurSides({ front: colour, back: colour }, share, radiusPx);
}

/**
 * Colours of both sides where they mix, as of {@link meanSides}: blur fusion, twice (Forte, Approximate Fast Foreground
 * Colour Estimation, 2021).
 */
export async function fuseSides(colour: Maps, share: Maps): Promise<Sides> {
  const [wideRadiusPx, nearRadiusPx] = FUSION_RADII_PX;
  const { front, back } = await meanSides(colour, share, wideRadiusPx);
  const seen = { colour: colour.data, share: share.data, back: back.data };
  await forEachSpan(front, (first, end) => correct(front.data, seen, first, end));
  return blurSides({ front, back }, share, nearRadiusPx);
}

/** What is left of a colour that was seen when the background's share is taken out of it. */
export function ownColour(seen: number, share: number, front: number, back: number): number {
  return front + share * (seen - share * front - (1 - share) * back);
}

async function blurSides({ front, back }: Sides, share: Maps, radiusPx: number): Promise<Sides> {
  const rest = createMaps(share, 1);
  await forEachSpan(rest, (first, end) => invert(share.data, rest.data, first, end));
  return {
    front: await weightedMean(front, share, radiusPx),
    back: await weightedMean(back, rest, radiusPx),
  };
}

/** Local means of a colour, each pixel weighted. */
async function weightedMean(colour: Maps, weight: Maps, radiusPx: number): Promise<Maps> {
  // Colour times weight, and weight.
  const sums = createMaps(colour, 4);
  const own = { colour: colour.data, weight: weight.data };
  await forEachSpan(sums, (first, end) => weigh(sums.data, own, first, end));
  await blur(sums, radiusPx);
  const means = createMaps(colour, 3);
  await forEachSpan(means, (first, end) => divide(sums.data, means.data, first, end));
  free(sums);
  return means;
}

/** Fills pixels with colour times weight, and weight. */
function weigh(
  sums: Float32Array,
  { colour, weight }: { readonly colour: Float32Array; readonly weight: Float32Array },
  first: number,
  end: number,
): void {
  for (let i = first, to = i * 4, from = i * 3; i < end; i++, to += 4, from += 3) {
    const own = weight[i]!;
    sums[to] = colour[from]! * own;
    sums[to + 1] = colour[from + 1]! * own;
    sums[to + 2] = colour[from + 2]! * own;
    sums[to + 3] = own;
  }
}

function divide(sums: Float32Array, means: Float32Array, first: number, end: number): void {
  for (let i = first, to = i * 3, from = i * 4; i < end; i++, to += 3, from += 4) {
    const total = sums[from + 3]! + 1e-5;
    means[to] = sums[from]! / total;
    means[to + 1] = sums[from + 1]! / total;
    means[to + 2] = sums[from + 2]! / total;
  }
}

function invert(share: Float32Array, rest: Float32Array, first: number, end: number): void {
  for (let i = first; i < end; i++) rest[i] = 1 - share[i]!;
}

interface Seen {
  readonly colour: Float32Array;
  readonly share: Float32Array;
  readonly back: Float32Array;
}

/** Replaces pixels of the subject's colour by what is left of the colour seen there. */
function correct(
  front: Float32Array,
  { colour, share, back }: Seen,
  first: number,
  end: number,
): void {
  for (let i = first; i < end; i++) {
    const own = share[i]!;
    for (let at = i * 3; at < i * 3 + 3; at++) {
      const value = ownColour(colour[at]!, own, front[at]!, back[at]!);
      front[at] = Math.min(Math.max(value, 0), 1);
    }
  }
}
