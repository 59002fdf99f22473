import { type Damage, measureDamage } from './damage.ts';
import { samplePatches } from './patches.ts';
import type { Raster } from './raster.ts';
import { measureTone, type Tone } from './tone.ts';

/** What one picture is like, measured once so that its tiles cannot disagree. */
export interface Analysis extends Damage, Tone {}

/** What a job asks of `enhance`. */
export interface EnhanceOptions {
  /** Share of the measured damage to remove, 0–1. */
  readonly strength: number;
  /** Stretch and balance tones. */
  readonly autoTone: boolean;
  /** Unsharp mask, 0–2. */
  readonly sharpen: number;
}

/** A median luma outside is pulled to the nearer end, half of the way. */
const WELL_EXPOSED = { from: 0.36, to: 0.56 } as const;

/** Measures `[H, W, 3]` on a grid of patches: large pictures take no longer than small ones. */
export async function analyse(rgb: Raster): Promise<Analysis> {
  const patches = samplePatches(rgb);
  return { ...(await measureDamage(patches)), ...(await measureTone(patches)) };
}

/**
 * PARAMS of `enhance` `[9]`: denoise, black, white, gamma, contrast, saturation, sharpen, red gain, blue gain. A clean,
 * well-exposed picture gets the values that leave it as it is. Tone is conservative: a photo taken in the dark stays dark.
 */
export function enhanceParams(
  analysis: Analysis,
  { strength, autoTone, sharpen }: EnhanceOptions,
): Float32Array {
  const tone = autoTone ? toneParams(analysis) : { black: 0, white: 1, gamma: 1, red: 1, blue: 1 };
  const { black, white, gamma, red, blue } = tone;
  const [contrast, saturation] = [0, 1];
  const denoise = strength * damageShare(analysis);
  return Float32Array.of(denoise, black, white, gamma, contrast, saturation, sharpen, red, blue);
}

/**
 * How much of the network's correction a picture needs, 0–1. Its best PSNR on noisy and recompressed photos lies at
 * about 0.25 for sigma 2, 0.5 for 4 and 1 from 8 on; at 0.5 for JPEG quality 75 (blockiness 0.8) and 1 for 40 (1.7).
 */
function damageShare({ noiseSigma, blockiness }: Damage): number {
  return clamp(Math.max((noiseSigma - 1) / 6, (blockiness - 0.1) / 1.6), 0, 1);
}

function toneParams({ blackPoint, whitePoint, medianLuma, redGain, blueGain }: Tone) {
  const black = clamp(blackPoint, 0, 0.1);
  const white = clamp(whitePoint, 0.88, 1);
  const median = clamp((medianLuma - black) / (white - black), 0.01, 0.99);
  const goal = clamp(median, WELL_EXPOSED.from, WELL_EXPOSED.to);
  const fullGamma = Math.log(goal) / Math.log(median);
  return {
    black,
    white,
    gamma: clamp((1 + fullGamma) / 2, 0.8, 1.2),
    red: clamp((1 + redGain) / 2, 0.93, 1.07),
    blue: clamp((1 + blueGain) / 2, 0.93, 1.07),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
