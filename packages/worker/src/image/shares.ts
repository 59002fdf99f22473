import type { Coefficients } from './guided-filter.ts';
import type { Planes } from './planes.ts';

/** The guided filter leaves a haze of background and dents in the subject: what lies beyond becomes 0 or 1. */
const MATTE_RANGE = { from: 0.1, to: 0.9 } as const;
/** What a share can be at a place, as bits: more than 0, less than 1. */
export const ABOVE_EMPTY = 1;
export const BELOW_FULL = 2;

/** The subject's share of every pixel of a guide, 0–1, from the coefficients that a guided filter found for it. */
export function sharesOf({ planes }: Coefficients, guide: Planes): Float32Array {
  const [a0, a1, a2, b] = planes;
  const [red, green, blue] = guide.planes;
  const shares = new Float32Array(b.length);
  for (let i = 0; i < shares.length; i++) {
    const linear = a0[i]! * red![i]! + a1[i]! * green![i]! + a2[i]! * blue![i]! + b[i]!;
    shares[i] = stretched(linear);
  }
  return shares;
}

/**
 * The subject's share of one pixel, 0–1.
 * @param data colours 0–255, red of the pixel at `at`
 * @param linear the coefficients at its place
 */
export function shareAt(data: Uint8Array, at: number, linear: Float32Array): number {
  const slope = linear[0]! * data[at]! + linear[1]! * data[at + 1]! + linear[2]! * data[at + 2]!;
  return stretched(slope / 255 + linear[3]!);
}

/**
 * What shares can be, {@link ABOVE_EMPTY} and {@link BELOW_FULL}, between a pixel, its neighbour on the right and those
 * below, whatever colours the picture has there: a mixture of coefficients gives no more than the most of the four do.
 */
export function possibleShares({ planes, widthPx, heightPx }: Coefficients): Uint8Array {
  const [a0, a1, a2, b] = planes;
  const own = new Uint8Array(b.length);
  for (let i = 0; i < own.length; i++) {
    const most = b[i]! + Math.max(a0[i]!, 0) + Math.max(a1[i]!, 0) + Math.max(a2[i]!, 0);
    const least = b[i]! + Math.min(a0[i]!, 0) + Math.min(a1[i]!, 0) + Math.min(a2[i]!, 0);
    if (most > MATTE_RANGE.from) own[i]! |= ABOVE_EMPTY;
    if (least < MATTE_RANGE.to) own[i]! |= BELOW_FULL;
  }
  const possible = new Uint8Array(own.length);
  for (let row = 0, i = 0; row < heightPx; row++) {
    const below = row < heightPx - 1 ? widthPx : 0;
    for (let col = 0; col < widthPx; col++, i++) {
      const right = col < widthPx - 1 ? 1 : 0;
      possible[i] = own[i]! | own[i + right]! | own[i + below]! | own[i + below + right]!;
    }
  }
  return possible;
}

function stretched(linear: number): number {
  const share = (linear - MATTE_RANGE.from) / (MATTE_RANGE.to - MATTE_RANGE.from);
  return Math.min(Math.max(share, 0), 1);
}
