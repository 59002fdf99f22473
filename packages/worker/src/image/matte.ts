import { resizeStretched } from './resize.ts';
import { type Coefficients, guidedFilter } from './guided-filter.ts';
import { MapReader, type Maps, toMaps } from './maps.ts';
import { createRaster, type Raster, type Size } from './raster.ts';
import { ABOVE_EMPTY, BELOW_FULL, possibleShares, shareAt, sharesOf } from './shares.ts';
import { Runs } from './runs.ts';
import { fuseSides, meanSides, ownColour, type Sides } from './sides.ts';
import { forEachRow } from './strips.ts';

/** Longest side, in pixels, at which colours are compared with the mask, which shows no more; 1024 measured no better. */
const SMALL_SIDE_PX = 512;
/** Variance of colour that counts as flat; the mask's edges move to stronger ones. */
const EPSILON = 2e-4;
/** Window, in pixels of the small size, for the colours between which a pixel's own colour decides. */
const NEAR_RADIUS_PX = 3;
/** Squared distance of those colours, 0–3, at which a half-covered pixel's colour counts as much as the filter. */
const TELLING_DISTANCE = 0.1;

/** The colours of a picture at the small size, `[H, W, 3]`, 0–1: its matte and its foreground are found with them. */
export async function guideOf(rgb: Raster): Promise<Maps> {
  return toMaps(await resizeStretched(rgb, fitInto(rgb, SMALL_SIDE_PX)));
}

/**
 * Sharpens a coarse mask along the picture's edges, at the picture's size.
 * @param mask `[T, T, 1]`, of the picture stretched to a square, 255 is subject
 * @param guide of the picture
 * @returns the matte `[H, W, 1]`
 */
export async function refineMatte(mask: Raster, rgb: Raster, guide: Maps): Promise<Raster> {
  const values = await toMaps(await resizeStretched(mask, guide));
  const radiusPx = Math.max(2, Math.round(Math.min(guide.widthPx, guide.heightPx) / 90));
  const filter = await guidedFilter(guide, { radiusPx, epsilon: EPSILON });
  // Twice: the first time leaves edges as wide as its window.
  const once = await sharesOf(await filter(values), guide);
  const coefficients = await filter(once);
  const sides = await meanSides(guide, await sharesOf(coefficients, guide), NEAR_RADIUS_PX);
  return drawMatte(rgb, coefficients, sides);
}

async function drawMatte(rgb: Raster, coefficients: Coefficients, sides: Sides): Promise<Raster> {
  const matte = new MatteDrawing(rgb, coefficients, sides, await possibleShares(coefficients));
  await forEachRow(rgb, (row) => matte.drawRow(row));
  return matte.raster;
}

/** A matte `[H, W, 1]` that is drawn from the top to the bottom. */
class MatteDrawing {
  readonly raster: Raster;
  readonly #rgb: Raster;
  readonly #filter: MapReader;
  readonly #front: MapReader;
  readonly #back: MapReader;
  readonly #possible: Uint8Array;
  /** What is possible in each column of the row. */
  readonly #line: Uint8Array;
  readonly #runs: Runs;
  /** The colour of a pixel. */
  readonly #own = new Uint8Array(3);

  constructor(rgb: Raster, coefficients: Coefficients, sides: Sides, possible: Uint8Array) {
    this.raster = createRaster(rgb, 1);
    this.#rgb = rgb;
    this.#filter = new MapReader(coefficients, rgb);
    this.#front = new MapReader(sides.front, rgb);
    this.#back = new MapReader(sides.back, rgb);
    this.#possible = possible;
    this.#line = new Uint8Array(rgb.widthPx);
    this.#runs = new Runs(this.#line);
  }

  drawRow(row: number): void {
    const line = this.#line;
    const filter = this.#filter;
    // Rows between the same two of the small size are alike.
    if (row === 0 || filter.corner(0, row) !== filter.corner(0, row - 1)) {
      const possible = this.#possible;
      for (let col = 0; col < line.length; col++) line[col] = possible[filter.corner(col, row)]!;
    }
    const from = row * line.length;
    for (let col = 0, end = 0; col < line.length; col = end) {
      end = this.#runs.end(col, line.length);
      if (line[col] === ABOVE_EMPTY) this.raster.data.fill(255, from + col, from + end);
      else if (line[col] !== BELOW_FULL) this.#drawUncertain(row, col, end);
    }
  }

  /** Columns from `fromCol` to before `toCol`, whose colours decide. */
  #drawUncertain(row: number, fromCol: number, toCol: number): void {
    const [filter, front, back] = [this.#filter, this.#front, this.#back];
    for (const reader of [filter, front, back]) reader.read(row, fromCol, toCol);
    const { data, widthPx } = this.#rgb;
    const matte = this.raster.data;
    const own = this.#own;
    for (let col = fromCol, i = row * widthPx + fromCol; col < toCol; col++, i++) {
      let share = shareAt(data, i * 3, filter.at(col));
      if (share > 0 && share < 1) {
        for (let c = 0; c < 3; c++) own[c] = data[i * 3 + c]!;
        share = decidedShare(share, own, front.at(col), back.at(col));
      }
      matte[i] = toByte(share);
    }
  }
}

/**
 * Where the filter is in doubt, a pixel's place between the colours of both sides decides, the more the farther these lie
 * apart: that keeps hairs, which the filter blurs, and edges sharp at any size.
 * @param own the pixel's colour `[3]`, 0–255
 */
function decidedShare(
  share: number,
  own: Uint8Array,
  front: Float32Array,
  back: Float32Array,
): number {
  let along = 0;
  let distance = 0;
  for (let c = 0; c < 3; c++) {
    const across = front[c]! - back[c]!;
    along += (own[c]! / 255 - back[c]!) * across;
    distance += across * across;
  }
  const doubt = 4 * share * (1 - share);
  return (doubt * along + TELLING_DISTANCE * share) / (doubt * distance + TELLING_DISTANCE);
}

/**
 * Leaves the subject's own colour, in place: where the matte is soft, the old background is taken out of the mixture. Black
 * where nothing of the subject is left, so that the removed background is really gone.
 * @param guide of the picture
 */
export async function keepForeground(rgb: Raster, matte: Raster, guide: Maps): Promise<void> {
  const sides = await fuseSides(guide, await toMaps(await resizeStretched(matte, guide)));
  const readers = [new MapReader(sides.front, rgb), new MapReader(sides.back, rgb)] as const;
  const runs = new Runs(matte.data);
  await forEachRow(rgb, (row) => {
    const from = row * rgb.widthPx;
    for (let col = 0, end = 0; col < rgb.widthPx; col = end) {
      end = runs.end(from + col, from + rgb.widthPx) - from;
      const value = matte.data[from + col]!;
      if (value === 0) rgb.data.fill(0, (from + col) * 3, (from + end) * 3);
      if (!isSoft(value)) continue;
      while (end < rgb.widthPx && isSoft(matte.data[from + end]!)) end++;
      for (const reader of readers) reader.read(row, col, end);
      unmix({ rgb, matte }, readers, from, [col, end]);
    }
  });
}

/** Takes the background out of a row's columns `[fromCol, toCol)`, whose sides' colours are read. */
function unmix(
  { rgb, matte }: { readonly rgb: Raster; readonly matte: Raster },
  [front, back]: readonly [MapReader, MapReader],
  rowStart: number,
  [fromCol, toCol]: readonly [number, number],
): void {
  const { data } = rgb;
  for (let col = fromCol, i = rowStart + fromCol; col < toCol; col++, i++) {
    const share = matte.data[i]! / 255;
    const own = front.at(col);
    const other = back.at(col);
    for (let c = 0, at = i * 3; c < 3; c++, at++) {
      data[at] = toByte(ownColour(data[at]! / 255, share, own[c]!, other[c]!));
    }
  }
}

/** True for a pixel that shows a mixture of both sides. */
function isSoft(value: number): boolean {
  return value > 0 && value < 255;
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
