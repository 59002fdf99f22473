import { forEachPatch, type Patch, PATCH_PX } from './patches.ts';

/** Noise and compression damage, in 0–255 units, measured on green: the channel that is scaled least by cameras. */
export interface Damage {
  /** Standard deviation of the noise per channel. */
  readonly noiseSigma: number;
  /** How much more neighbours differ across 8 × 8 block borders than elsewhere; 0 without blocks. */
  readonly blockiness: number;
}

/** Side of a JPEG block in pixels. */
const BLOCK_PX = 8;
/** Steps count up to here, so that the picture's own edges do not hide those of blocks. */
const MAX_STEP = 16;
/** Patches with a mean outside are clipped, and noise is missing there. */
const UNCLIPPED = { from: 16, to: 239 } as const;
/** The share of patches that are flat enough to show only noise. */
const FLAT_SHARE = 0.3;
/** Differences between neighbours along a patch. */
const STEPS_PX = PATCH_PX - 1;
/** What the patch at that share of the order shows of a noise that all have alike: measured for sigma 2 to 20, within 1 %. */
const FLAT_SIGMA = 0.946;
/** Offsets in patch data: to the pixel on the right and the one below. */
const RIGHT = 3;
const BELOW = PATCH_PX * 3;

/** Measures damage on patches of one picture. */
export async function measureDamage(patches: readonly Patch[]): Promise<Damage> {
  const steps = { across: new Steps(), down: new Steps() };
  const sigmas: number[] = [];
  await forEachPatch(patches, (patch) => {
    addSteps(steps, patch);
    if (isUnclipped(patch)) sigmas.push(patchSigma(patch));
  });
  return {
    noiseSigma: noiseSigma(sigmas),
    blockiness: (steps.across.excess() + steps.down.excess()) / 2,
  };
}

function addSteps(
  steps: { readonly across: Steps; readonly down: Steps },
  { xPx, yPx, data }: Patch,
): void {
  const across = differences(data, RIGHT);
  const down = differences(data, BELOW);
  for (let row = 0, i = 0; row < STEPS_PX; row++) {
    for (let col = 0; col < STEPS_PX; col++, i++) {
      steps.across.add(xPx + 1 + col, across[i]!);
      steps.down.add(yPx + 1 + row, down[i]!);
    }
  }
}

/**
 * Differences of a patch's pixels from their neighbour before, `[15, 15]` without the first row and column. All are 0
 * where they vary by one level at most: a clean ramp's steps come from rounding, and may lie as regularly as blocks.
 * @param before offset of the neighbour
 */
function differences(data: Uint8Array, before: number): Int16Array {
  const found = new Int16Array(STEPS_PX ** 2);
  let least = 255;
  let most = -255;
  for (let row = 1, i = 0; row < PATCH_PX; row++) {
    for (let col = 1; col < PATCH_PX; col++, i++) {
      const at = (row * PATCH_PX + col) * 3 + 1;
      const difference = data[at]! - data[at - before]!;
      found[i] = difference;
      if (difference < least) least = difference;
      if (difference > most) most = difference;
    }
  }
  return most - least > 1 ? found : found.fill(0);
}

/** Differences between neighbours, by their place in the grid of blocks. */
class Steps {
  readonly #sums = new Float64Array(BLOCK_PX);
  readonly #counts = new Float64Array(BLOCK_PX);

  add(positionPx: number, difference: number): void {
    const phase = positionPx % BLOCK_PX;
    this.#sums[phase]! += Math.min(Math.abs(difference), MAX_STEP);
    this.#counts[phase]!++;
  }

  /** Mean step at the phase where it is largest, less the median phase's: any crop or turn moves the grid. */
  excess(): number {
    const means = this.#sums
      .map((sum, phase) => sum / Math.max(this.#counts[phase]!, 1))
      .toSorted();
    return means.at(-1)! - means[BLOCK_PX / 2]!;
  }
}

/** The noise of the flattest patches, from that of all that are not clipped; 0 where there are none. */
function noiseSigma(sigmas: readonly number[]): number {
  const flat = sigmas.toSorted((a, b) => a - b)[Math.floor(sigmas.length * FLAT_SHARE)] ?? 0;
  return flat / FLAT_SIGMA;
}

function isUnclipped({ data }: Patch): boolean {
  let sum = 0;
  for (let i = 1; i < data.length; i += 3) sum += data[i]!;
  const mean = (sum * 3) / data.length;
  return mean >= UNCLIPPED.from && mean <= UNCLIPPED.to;
}

/** Immerkær 1996: a Laplacian difference that ramps do not raise, scaled to the sigma of normal noise. */
function patchSigma({ data }: Patch): number {
  let sum = 0;
  for (let row = 1; row < PATCH_PX - 1; row++) {
    for (let col = 1; col < PATCH_PX - 1; col++) {
      const i = (row * PATCH_PX + col) * 3 + 1;
      const above = row2(data, i - BELOW);
      const below = row2(data, i + BELOW);
      sum += Math.abs(above + below - 2 * row2(data, i));
    }
  }
  return (Math.sqrt(Math.PI / 2) / 6) * (sum / (PATCH_PX - 2) ** 2);
}

/** Second difference along the row at `i`. */
function row2(data: Uint8Array, i: number): number {
  return data[i - RIGHT]! - 2 * data[i]! + data[i + RIGHT]!;
}
