import { setImmediate } from 'node:timers/promises';
import { resizeStretched } from './codec.ts';
import { guidedCoefficients } from './guided-filter.ts';
import { boxMean, multiply, type Planes, rowsAtSize, toPlanes } from './planes.ts';
import { createRaster, type Raster, type Size } from './raster.ts';

/** Longest side, in pixels, at which a matte's dependence on colour is found. */
const MATTE_SIDE_PX = 512;
/** Variance of colour that counts as flat; the mask's edges move to stronger ones. */
const EPSILON = 2e-4;
/** The guided filter leaves a haze of background and dents in the subject: what lies beyond becomes 0 or 1. */
const MATTE_RANGE = { from: 0.06, to: 0.94 } as const;
/** Longest side, in pixels, at which the colours on both sides of an edge are found. */
const COLOUR_SIDE_PX = 1024;
/** Windows of the two passes of blur fusion, in pixels of that size (Forte 2021). */
const COLOUR_RADII_PX = [90, 6] as const;
/** Rows between two looks at the event loop: heartbeats and other jobs must go on. */
const STRIP_ROWS = 128;

/**
 * Sharpens a coarse mask along the picture's edges, at the picture's size.
 * @param mask `[T, T, 1]`, of the picture stretched to a square, 255 is subject
 * @returns the matte `[H, W, 1]`
 */
export async function refineMatte(mask: Raster, rgb: Raster): Promise<Raster> {
  const small = fitInto(rgb, MATTE_SIDE_PX);
  const [guide, values] = await Promise.all([
    resizeStretched(rgb, small),
    resizeStretched(mask, small),
  ]);
  const radiusPx = Math.max(2, Math.round(Math.min(small.widthPx, small.heightPx) / 90));
  const [map] = toPlanes(values).planes;
  const coefficients = guidedCoefficients(toPlanes(guide), map!, { radiusPx, epsilon: EPSILON });

  const matte = createRaster(rgb, 1);
  const gain = 255 / (MATTE_RANGE.to - MATTE_RANGE.from);
  await forEachRow(coefficients, rgb, ([a0, a1, a2, b], from) => {
    for (let col = 0, i = from; col < rgb.widthPx; col++, i++) {
      const colour =
        a0![col]! * rgb.data[i * 3]! +
        a1![col]! * rgb.data[i * 3 + 1]! +
        a2![col]! * rgb.data[i * 3 + 2]!;
      matte.data[i] = toByte((colour / 255 + b![col]! - MATTE_RANGE.from) * gain);
    }
  });
  return matte;
}

/**
 * The subject's own colour: where the matte is soft, the old background is taken out of the mixture (blur fusion: Forte,
 * Approximate Fast Foreground Colour Estimation, 2021). Black where nothing of the subject is left, so that the removed
 * background is really gone.
 */
export async function estimateForeground(rgb: Raster, matte: Raster): Promise<Raster> {
  const small = fitInto(rgb, COLOUR_SIDE_PX);
  const [colour, alpha] = await Promise.all([
    resizeStretched(rgb, small),
    resizeStretched(matte, small),
  ]);
  const sides = coloursOfBothSides(toPlanes(colour), toPlanes(alpha).planes[0]!);

  const subject = createRaster(rgb, 3);
  await forEachRow(sides, rgb, (rows, from) => {
    for (let col = 0, i = from; col < rgb.widthPx; col++, i++) {
      const value = matte.data[i]!;
      if (value === 0) continue;
      for (let c = 0; c < 3; c++) {
        const seen = rgb.data[i * 3 + c]!;
        if (value === 255) subject.data[i * 3 + c] = seen;
        else {
          const own = ownColour(seen / 255, value / 255, rows[c]![col]!, rows[c + 3]![col]!);
          subject.data[i * 3 + c] = toByte(own * 255);
        }
      }
    }
  });
  return subject;
}

/** What is left of a colour that was seen when the background's share is taken out of it. */
function ownColour(seen: number, share: number, front: number, back: number): number {
  return front + share * (seen - share * front - (1 - share) * back);
}

/** Colours of the subject and of the background, as planes of red, green and blue. */
interface Sides {
  readonly front: readonly Float32Array[];
  readonly back: readonly Float32Array[];
}

/** Blur fusion, twice: over a wide window for clean colours, then over a narrow one for local ones. Six planes. */
function coloursOfBothSides(colour: Planes, alpha: Float32Array): Planes {
  const [wideRadiusPx, nearRadiusPx] = COLOUR_RADII_PX;
  const seen = { front: colour.planes, back: colour.planes };
  const wide = blurSides(seen, alpha, { ...colour, radiusPx: wideRadiusPx });
  const front = colour.planes.map((plane, c) => {
    const [own, other] = [wide.front[c]!, wide.back[c]!];
    const corrected = new Float32Array(plane.length);
    for (let i = 0; i < corrected.length; i++) {
      const value = ownColour(plane[i]!, alpha[i]!, own[i]!, other[i]!);
      corrected[i] = Math.min(Math.max(value, 0), 1);
    }
    return corrected;
  });
  const near = blurSides({ front, back: wide.back }, alpha, { ...colour, radiusPx: nearRadiusPx });
  return { ...colour, planes: [...near.front, ...near.back] };
}

/** Local means of both sides' colours, each weighted by its share of the pixel. */
function blurSides(
  { front, back }: Sides,
  alpha: Float32Array,
  window: Size & { readonly radiusPx: number },
): Sides {
  const meanWhere = (planes: readonly Float32Array[], weights: Float32Array): Float32Array[] => {
    const total = boxMean(weights, window, window.radiusPx);
    return planes.map((plane) => {
      const mean = boxMean(multiply(plane, weights), window, window.radiusPx);
      for (let i = 0; i < mean.length; i++) mean[i]! /= total[i]! + 1e-5;
      return mean;
    });
  };
  const rest = alpha.map((share) => 1 - share);
  return { front: meanWhere(front, alpha), back: meanWhere(back, rest) };
}

/** Calls `work` with every row of planes read at a picture's size, and the index of the row's first pixel. */
async function forEachRow(
  planes: Planes,
  size: Size,
  work: (rows: readonly Float32Array[], from: number) => void,
): Promise<void> {
  let row = 0;
  for (const rows of rowsAtSize(planes, size)) {
    if (row % STRIP_ROWS === 0) await setImmediate();
    work(rows, row * size.widthPx);
    row += 1;
  }
}

/** The size with the same proportions whose longer side is at most `sidePx`. */
function fitInto({ widthPx, heightPx }: Size, sidePx: number): Size {
  const share = Math.min(1, sidePx / Math.max(widthPx, heightPx));
  const fit = (lengthPx: number): number => Math.max(1, Math.round(lengthPx * share));
  return { widthPx: fit(widthPx), heightPx: fit(heightPx) };
}

function toByte(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
