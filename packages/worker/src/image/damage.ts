import { type Patch, PATCH_PX } from './patches.ts';

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
/** Offsets in patch data: to the pixel on the right and the one below. */
const RIGHT = 3;
const BELOW = PATCH_PX * 3;

/** Measures damage on patches of one picture. */
export function measureDamage(patches: readonly Patch[]): Damage {
  const steps = { across: new Steps(), down: new Steps() };
  for (const { xPx, yPx, data } of patches) {
    for (let row = 1; row < PATCH_PX; row++) {
      for (let col = 1; col < PATCH_PX; col++) {
        const i = (row * PATCH_PX + col) * 3 + 1;
        steps.across.add(xPx + col, data[i]! - data[i - RIGHT]!);
        steps.down.add(yPx + row, data[i]! - data[i - BELOW]!);
      }
    }
  }
  return {
    noiseSigma: noiseSigma(patches),
    blockiness: (steps.across.excess() + steps.down.excess()) / 2,
  };
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

/** The noise of the flattest patches; 0 where all are clipped. */
function noiseSigma(patches: readonly Patch[]): number {
  const sigmas = patches.filter(isUnclipped).map(patchSigma);
  return sigmas.toSorted((a, b) => a - b)[Math.floor(sigmas.length * FLAT_SHARE)] ?? 0;
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
