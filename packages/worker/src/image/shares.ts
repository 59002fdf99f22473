import type { Coefficients } from './guided-filter.ts';
import { createMaps, forEachSpan, type Maps } from './maps.ts';
import { forEachRow } from './strips.ts';

/** The guided filter leaves a haze of background and dents in the subject: what lies beyond becomes 0 or 1. */
const MATTE_RANGE = { from: 0.1, to: 0.9 } as const;
/** What a share can be at a place, as bits: more than 0, less than 1. */
export const ABOVE_EMPTY = 1;
export const BELOW_FULL = 2;

/** The subject's share of every pixel of a guide, `[H, W, 1]`, 0–1, from the coefficients of a guided filter for it. */
export async function sharesOf(coefficients: Coefficients, guide: Maps): Promise<Maps> {
  const shares = createMaps(guide, 1);
  const own = { linear: coefficients.data, colours: guide.data };
  await forEachSpan(shares, (first, end) => fillShares(shares.data, own, first, end));
  return shares;
}

function fillShares(
  shares: Float32Array,
  { linear, colours }: { readonly linear: Float32Array; readonly colours: Float32Array },
  first: number,
  end: number,
): void {
  for (let i = first, at = i * 3, from = i * 4; i < end; i++, at += 3, from += 4) {
    const red = linear[from]! * colours[at]!;
    const green = linear[from + 1]! * colours[at + 1]!;
    const blue = linear[from + 2]! * colours[at + 2]!;
    shares[i] = stretched(red + green + blue + linear[from + 3]!);
  }
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
export async function possibleShares(coefficients: Coefficients): Promise<Uint8Array> {
  const { data, widthPx, heightPx } = coefficients;
  const own = new Uint8Array(widthPx * heightPx);
  await forEachSpan(coefficients, (first, end) => bound(data, own, first, end));
  const possible = new Uint8Array(own.length);
  await forEachRow(coefficients, (row) => {
    const below = row < heightPx - 1 ? widthPx : 0;
    for (let col = 0, i = row * widthPx; col < widthPx; col++, i++) {
      const right = col < widthPx - 1 ? 1 : 0;
      possible[i] = own[i]! | own[i + right]! | own[i + below]! | own[i + below + right]!;
    }
  });
  return possible;
}

/** What each pixel's own coefficients allow. */
function bound(linear: Float32Array, possible: Uint8Array, first: number, end: number): void {
  for (let i = first; i < end; i++) {
    const red = linear[i * 4]!;
    const green = linear[i * 4 + 1]!;
    const blue = linear[i * 4 + 2]!;
    const offset = linear[i * 4 + 3]!;
    const most = offset + Math.max(red, 0) + Math.max(green, 0) + Math.max(blue, 0);
    const least = offset + Math.min(red, 0) + Math.min(green, 0) + Math.min(blue, 0);
    if (most > MATTE_RANGE.from) possible[i]! |= ABOVE_EMPTY;
    if (least < MATTE_RANGE.to) possible[i]! |= BELOW_FULL;
  }
}

function stretched(linear: number): number {
  const share = (linear - MATTE_RANGE.from) / (MATTE_RANGE.to - MATTE_RANGE.from);
  return Math.min(Math.max(share, 0), 1);
}
