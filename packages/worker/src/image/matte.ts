import { setImmediate } from 'node:timers/promises';
import { resizeStretched } from './resize.ts';
import { type Coefficients, guidedFilter } from './guided-filter.ts';
import { PlaneReader, type Planes, toPlanes } from './planes.ts';
import { createRaster, type Raster, type Size } from './raster.ts';
import { ABOVE_EMPTY, BELOW_FULL, possibleShares, shareAt, sharesOf } from './shares.ts';
import { fuseSides, meanSides, ownColour } from './sides.ts';

/** Longest side, in pixels, at which colours are compared with the mask, which shows no more; 1024 measured no better. */
const SMALL_SIDE_PX = 512;
/** Variance of colour that counts as flat; the mask's edges move to stronger ones. */
const EPSILON = 2e-4;
/** Window, in pixels of the small size, for the colours between which a pixel's own colour decides. */
const NEAR_RADIUS_PX = 3;
/** Squared distance of those colours, 0–3, at which a half-covered pixel's colour counts as much as the filter. */
const TELLING_DISTANCE = 0.1;
/** Pixels between two looks at the event loop: heartbeats and other jobs must go on. */
const STRIP_PIXELS = 2 ** 18;

/**
 * Sharpens a coarse mask along the picture's edges, at the picture's size.
 * @param mask `[T, T, 1]`, of the picture stretched to a square, 255 is subject
 * @returns the matte `[H, W, 1]`
 */
export async function refineMatte(mask: Raster, rgb: Raster): Promise<Raster> {
  const small = fitInto(rgb, SMALL_SIDE_PX);
  const [colour, values] = await Promise.all([
    resizeStretched(rgb, small),
    resizeStretched(mask, small),
  ]);
  const guide = toPlanes(colour);
  const radiusPx = Math.max(2, Math.round(Math.min(small.widthPx, small.heightPx) / 90));
  const filter = await guidedFilter(guide, { radiusPx, epsilon: EPSILON });
  // Twice: the first time leaves edges as wide as its window.
  const once = sharesOf(await filter(toPlanes(values).planes[0]!), guide);
  const coefficients = await filter(once);
  const sides = await meanSides(guide, sharesOf(coefficients, guide), NEAR_RADIUS_PX);
  return drawMatte(rgb, coefficients, sides);
}

async function drawMatte(rgb: Raster, coefficients: Coefficients, sides: Planes): Promise<Raster> {
  const matte = createRaster(rgb, 1);
  const possible = possibleShares(coefficients);
  const [filter, colours] = [new PlaneReader(coefficients, rgb), new PlaneReader(sides, rgb)];
  const matteAt = (col: number, row: number, pixel: number): number => {
    const at = pixel * 3;
    const share = shareAt(rgb.data, at, filter.at(col, row));
    const isCertain = share === 0 || share === 1;
    return toByte(isCertain ? share : decidedShare(share, rgb.data, at, colours.at(col, row)));
  };
  const line = new Uint8Array(rgb.widthPx);
  await forEachRow(rgb, (row) => {
    // Rows between the same two of the small size are alike.
    if (row === 0 || filter.corner(0, row) !== filter.corner(0, row - 1)) {
      for (let col = 0; col < line.length; col++) line[col] = possible[filter.corner(col, row)]!;
    }
    const from = row * line.length;
    for (let col = 0, end = 0; col < line.length; col = end) {
      end = endOfRun(line, col, line.length);
      if (line[col] === BELOW_FULL) continue;
      if (line[col] === ABOVE_EMPTY) matte.data.fill(255, from + col, from + end);
      else for (let k = col; k < end; k++) matte.data[from + k] = matteAt(k, row, from + k);
    }
  });
  return matte;
}

/**
 * Where the filter is in doubt, a pixel's place between the colours of both sides decides, the more the farther these lie
 * apart: that keeps hairs, which the filter blurs, and edges sharp at any size.
 */
function decidedShare(share: number, data: Uint8Array, at: number, sides: Float32Array): number {
  let along = 0;
  let distance = 0;
  for (let c = 0; c < 3; c++) {
    const back = sides[c + 3]!;
    const across = sides[c]! - back;
    along += (data[at + c]! / 255 - back) * across;
    distance += across * across;
  }
  const doubt = 4 * share * (1 - share);
  return (doubt * along + TELLING_DISTANCE * share) / (doubt * distance + TELLING_DISTANCE);
}

/**
 * The subject's own colour: where the matte is soft, the old background is taken out of the mixture. Black where nothing of
 * the subject is left, so that the removed background is really gone.
 */
export async function estimateForeground(rgb: Raster, matte: Raster): Promise<Raster> {
  const small = fitInto(rgb, SMALL_SIDE_PX);
  const [colour, alpha] = await Promise.all([
    resizeStretched(rgb, small),
    resizeStretched(matte, small),
  ]);
  const sides = await fuseSides(toPlanes(colour), toPlanes(alpha).planes[0]!);
  const subject = createRaster(rgb, 3);
  const reader = new PlaneReader(sides, rgb);
  await forEachRow(rgb, (row) => {
    const from = row * rgb.widthPx;
    for (let col = 0, end = 0; col < rgb.widthPx; col = end) {
      end = endOfRun(matte.data, from + col, from + rgb.widthPx) - from;
      const [first, last] = [(from + col) * 3, (from + end) * 3];
      const value = matte.data[from + col]!;
      if (value === 255) subject.data.set(rgb.data.subarray(first, last), first);
      if (value === 255 || value === 0) continue;
      for (let k = col, at = first; k < end; k++) {
        const colours = reader.at(k, row);
        for (let c = 0; c < 3; c++, at++) {
          const own = ownColour(rgb.data[at]! / 255, value / 255, colours[c]!, colours[c + 3]!);
          subject.data[at] = toByte(own);
        }
      }
    }
  });
  return subject;
}

/** Where the run of equal values that begins at `from` ends, at most at `to`. */
function endOfRun(values: Uint8Array, from: number, to: number): number {
  let end = from + 1;
  while (end < to && values[end] === values[from]) end++;
  return end;
}

async function forEachRow({ widthPx, heightPx }: Size, work: (row: number) => void): Promise<void> {
  const stripRows = Math.ceil(STRIP_PIXELS / widthPx);
  for (let row = 0; row < heightPx; row++) {
    if (row % stripRows === 0) await setImmediate();
    work(row);
  }
}

/** The size with the same proportions whose longer side is at most `sidePx`. */
function fitInto({ widthPx, heightPx }: Size, sidePx: number): Size {
  const share = Math.min(1, sidePx / Math.max(widthPx, heightPx));
  const fit = (lengthPx: number): number => Math.max(1, Math.round(lengthPx * share));
  return { widthPx: fit(widthPx), heightPx: fit(heightPx) };
}

/** @param share 0–1, clamped */
function toByte(share: number): number {
  return Math.min(Math.max(Math.round(share * 255), 0), 255);
}
