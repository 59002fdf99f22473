import { forEachPatch, type Patch } from './patches.ts';

/** The tones of a picture, as levels 0–1, and the gains that would make its greys grey. */
export interface Tone {
  /** 0.5 % of all channel values lie below. */
  readonly blackPoint: number;
  /** 0.5 % of all channel values lie above. */
  readonly whitePoint: number;
  readonly medianLuma: number;
  /** 1 where too little of the picture is nearly grey to tell a cast from a colour. */
  readonly redGain: number;
  readonly blueGain: number;
}

/** Share of channel values that may be lost at either end. */
const LOST_SHARE = 0.005;
/** A pixel is nearly grey when its channels differ by less than this share of the largest. */
const GREY_SPREAD = 0.12;
/** Channel values that can show a cast: neither lost in the dark nor clipped. */
const GREY_RANGE = { from: 48, to: 250 } as const;
/** Share of nearly grey pixels from which a cast is believed. */
const MIN_GREY_SHARE = 0.05;
/** Exponent of shades-of-grey (Finlayson and Trezzi 2004): bright greys count more than dark ones. */
const NORM = 6;
/** Every level to that power. */
const POWERS = Float64Array.from({ length: 256 }, (_, level) => level ** NORM);

/** Measures the tones on patches of one picture. */
export async function measureTone(patches: readonly Patch[]): Promise<Tone> {
  const counts = {
    levels: new Uint32Array(256),
    lumas: new Uint32Array(256),
    greys: { sums: new Float64Array(3), count: 0 },
  };
  await forEachPatch(patches, (patch) => countLevels(counts, patch));
  const { levels, lumas, greys } = counts;
  const pixels = lumas.reduce((sum, count) => sum + count);
  const isTelling = greys.count > pixels * MIN_GREY_SHARE;
  const gain = (c: 0 | 2) => (isTelling ? (greys.sums[1]! / greys.sums[c]!) ** (1 / NORM) : 1);
  return {
    blackPoint: quantile(levels, LOST_SHARE),
    whitePoint: quantile(levels, 1 - LOST_SHARE),
    medianLuma: quantile(lumas, 0.5),
    redGain: gain(0),
    blueGain: gain(2),
  };
}

interface Counts {
  /** Of all channels. */
  readonly levels: Uint32Array;
  readonly lumas: Uint32Array;
  /** Nearly grey pixels, and the sums of their levels, each to the power. */
  readonly greys: { readonly sums: Float64Array; count: number };
}

function countLevels({ levels, lumas, greys }: Counts, { data }: Patch): void {
  for (let i = 0; i < data.length; i += 3) {
    const red = data[i]!;
    const green = data[i + 1]!;
    const blue = data[i + 2]!;
    levels[red]!++;
    levels[green]!++;
    levels[blue]!++;
    // BT.601 weights of 256.
    lumas[(77 * red + 150 * green + 29 * blue) >> 8]!++;
    if (!isNearlyGrey(red, green, blue)) continue;
    greys.sums[0]! += POWERS[red]!;
    greys.sums[1]! += POWERS[green]!;
    greys.sums[2]! += POWERS[blue]!;
    greys.count++;
  }
}

function isNearlyGrey(red: number, green: number, blue: number): boolean {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  return least >= GREY_RANGE.from && most <= GREY_RANGE.to && most - least < most * GREY_SPREAD;
}

/** The level 0–1 below which a share of a 256-bin histogram lies. */
function quantile(histogram: Uint32Array, share: number): number {
  let left = histogram.reduce((sum, count) => sum + count) * share;
  const bin = histogram.findIndex((count) => (left -= count) < 0);
  return (bin < 0 ? 255 : bin) / 255;
}
