import { createRaster, type Raster, scaled } from './raster.ts';
import { forEachPart } from './strips.ts';

/** Source pixels between two looks at the event loop: some 3 ms where all of them lie on edges. */
const PART_PIXELS = 2048;
/** An edge begins to count as sharp when a pixel's neighbours reach across this share of its step; across all, it is. */
const SHARP_FROM = 0.85;
/** Share of a step at its foot and head together: values there may be noise of lossy compression, and tell nothing. */
const ENDS_SHARE = 0.03;
/** How far the mean of a block may be from its pixel before it is rounded, in levels. */
const TOLERANCE = 0.02;
/** Steps that this may take; noise takes 14 at most. */
const MAX_STEPS = 32;

/**
 * Alpha enlarged: each pixel becomes a block of `scale`² pixels
 * - whose mean is the pixel's value, but for rounding: downscaled by area, the result is the source again;
 * - which keep to the range of the pixel's 3×3 neighbourhood: nothing rings, and what is flat stays so.
 * Within these bounds an edge one pixel wide is drawn one pixel wide, and a softer one is interpolated.
 * @param alpha `[H, W, 1]`
 * @param scale a whole number, at least 2
 * @returns `[H · scale, W · scale, 1]`
 */
export async function upscaleAlpha(alpha: Raster, scale: number): Promise<Raster> {
  const { data, widthPx, heightPx } = alpha;
  const result = createRaster(scaled(alpha, scale), 1);
  const block = new Float64Array(scale * scale);
  const noEdges = (): Float32Array => new Float32Array(widthPx).fill(Infinity);
  let [above, here, below] = [noEdges(), noEdges(), noEdges()];
  findEdges(alpha, 0, below);
  await forEachPart(widthPx * heightPx, PART_PIXELS, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = Math.floor(i / widthPx);
      const col = i - row * widthPx;
      if (col === 0) {
        [above, here, below] = [here, below, above];
        findEdges(alpha, row + 1, below);
        repeatPixels(alpha, row, result);
      }
      if (here[col] === Infinity) continue;
      const sharpness = Math.min(least(above, col), least(here, col), least(below, col));
      interpolate(alpha, row, col, block);
      steepen(block, data[i]!, sharpness);
      fit(block, data[i]!, rangeAround(alpha, row, col, 1));
      write(block, row, col, result);
    }
  });
  return result;
}

/**
 * How sharp the edge through each pixel of a row is: how much of the step in its 5×5 neighbourhood lies in its 3×3
 * neighbourhood, 1 at the step's foot and head; Infinity where the 3×3 neighbourhood is flat or below the picture.
 */
function findEdges(alpha: Raster, row: number, sharpness: Float32Array): void {
  sharpness.fill(Infinity);
  if (row === alpha.heightPx) return;
  for (let col = 0; col < sharpness.length; col++) {
    const near = rangeAround(alpha, row, col, 1);
    if (near.low === near.high) {
      col = lastFlat(alpha, row, col);
      continue;
    }
    const far = rangeAround(alpha, row, col, 2);
    const step = far.high - far.low;
    const fromMiddle = Math.abs(alpha.data[row * alpha.widthPx + col]! - (far.low + far.high) / 2);
    const isEnd = 2 * fromMiddle >= (1 - ENDS_SHARE) * step;
    sharpness[col] = isEnd ? 1 : (near.high - near.low) / step;
  }
}

/** The last of the pixels, from this one on, whose 3×3 neighbourhoods are flat. */
function lastFlat({ data, widthPx, heightPx }: Raster, row: number, col: number): number {
  const up = Math.max(row - 1, 0) * widthPx;
  const middle = row * widthPx;
  const down = Math.min(row + 1, heightPx - 1) * widthPx;
  const value = data[middle + col]!;
  const isFlat = (x: number): boolean =>
    data[up + x] === value && data[middle + x] === value && data[down + x] === value;
  let next = col + 2;
  while (next < widthPx && isFlat(next)) next += 1;
  return next < widthPx ? next - 2 : widthPx - 1;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Least and greatest value at most `radiusPx` columns and rows away. */
function rangeAround(
  { data, widthPx, heightPx }: Raster,
  row: number,
  col: number,
  radiusPx: number,
): Range {
  const left = Math.max(col - radiusPx, 0);
  const right = Math.min(col + radiusPx, widthPx - 1);
  const bottom = Math.min(row + radiusPx, heightPx - 1);
  let low = 255;
  let high = 0;
  for (let y = Math.max(row - radiusPx, 0); y <= bottom; y++) {
    for (let x = left, i = y * widthPx + left; x <= right; x++, i++) {
      const value = data[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/** The least of a value and its neighbours. */
function least(values: Float32Array, i: number): number {
  const last = values.length - 1;
  return Math.min(values[Math.max(i - 1, 0)]!, values[i]!, values[Math.min(i + 1, last)]!);
}

/** Draws a row of pixels as flat blocks. */
function repeatPixels({ data, widthPx }: Raster, row: number, result: Raster): void {
  const scale = result.widthPx / widthPx;
  const from = row * widthPx;
  const to = from * scale * scale;
  for (let col = 0, end = 0; col < widthPx; col = end) {
    const value = data[from + col]!;
    while (end < widthPx && data[from + end] === value) end += 1;
    result.data.fill(value, to + col * scale, to + end * scale);
  }
  for (let k = 1; k < scale; k++) {
    result.data.copyWithin(to + k * result.widthPx, to, to + result.widthPx);
  }
}

/** Bilinear between pixel centres; border pixels repeat outwards. */
function interpolate(
  { data, widthPx, heightPx }: Raster,
  row: number,
  col: number,
  block: Float64Array,
): void {
  const scale = Math.sqrt(block.length);
  const left = Math.max(col - 1, 0);
  const right = Math.min(col + 1, widthPx - 1);
  const middle = row * widthPx;
  for (let y = 0, i = 0; y < scale; y++) {
    const down = (y + 0.5) / scale - 0.5;
    const beside = Math.min(Math.max(row + Math.sign(down), 0), heightPx - 1) * widthPx;
    const at = (x: number): number => mix(data[middle + x]!, data[beside + x]!, Math.abs(down));
    const own = at(col);
    const toLeft = at(left);
    const toRight = at(right);
    for (let x = 0; x < scale; x++, i++) {
      const across = (x + 0.5) / scale - 0.5;
      block[i] = mix(own, across < 0 ? toLeft : toRight, Math.abs(across));
    }
  }
}

function mix(value: number, other: number, share: number): number {
  return value + (other - value) * share;
}

/** Makes a sharp edge one pixel of the block wide: interpolated, it is two of the source. */
function steepen(block: Float64Array, pixel: number, sharpness: number): void {
  const share = Math.max(sharpness - SHARP_FROM, 0) / (1 - SHARP_FROM);
  const gain = mix(1, 2 * Math.sqrt(block.length), share);
  for (let i = 0; i < block.length; i++) block[i] = mix(pixel, block[i]!, gain);
}

/** Shifts a block's values, clipped to the range, until their mean is the pixel's value: Newton's method in a bracket. */
function fit(block: Float64Array, pixel: number, { low, high }: Range): void {
  // Steepened values are at most this far from the pixel's.
  const farthest = 2 * 255 * Math.sqrt(block.length);
  let [above, below] = [farthest, -farthest];
  let shift = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    let missing = pixel * block.length;
    let free = 0;
    for (let i = 0; i < block.length; i++) {
      const value = block[i]! + shift;
      missing -= clip(value, low, high);
      if (value > low && value < high) free += 1;
    }
    if (Math.abs(missing) <= TOLERANCE * block.length) break;
    if (missing > 0) below = shift;
    else above = shift;
    shift += missing / free;
    if (!(shift > below && shift < above)) shift = (below + above) / 2;
  }
  for (let i = 0; i < block.length; i++) block[i] = clip(block[i]! + shift, low, high);
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function write(block: Float64Array, row: number, col: number, result: Raster): void {
  const scale = Math.sqrt(block.length);
  for (let y = 0, i = 0; y < scale; y++) {
    let to = (row * scale + y) * result.widthPx + col * scale;
    for (let x = 0; x < scale; x++, i++, to++) result.data[to] = block[i]! + 0.5;
  }
}
