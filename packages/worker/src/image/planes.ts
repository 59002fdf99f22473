import { setImmediate } from 'node:timers/promises';
import type { Raster, Size } from './raster.ts';

/** Maps of a picture at a size of their own: each of `planes` is `[H, W]`, row-major, any range. */
export interface Planes extends Size {
  readonly planes: readonly Float32Array[];
}

/** The channels of a raster as planes, 0–1. */
export function toPlanes({ data, widthPx, heightPx, channels }: Raster): Planes {
  const planes = Array.from({ length: channels }, (_, c) => {
    const plane = new Float32Array(widthPx * heightPx);
    for (let i = 0, from = c; i < plane.length; i++, from += channels) plane[i] = data[from]! / 255;
    return plane;
  });
  return { planes, widthPx, heightPx };
}

/** The product of two planes of one size, pixel by pixel. */
export function multiply(plane: Float32Array, other: Float32Array): Float32Array {
  const product = new Float32Array(plane.length);
  for (let i = 0; i < product.length; i++) product[i] = plane[i]! * other[i]!;
  return product;
}

/**
 * Mean over a (2r+1)² window around every pixel, by running sums: as fast for any radius. Border pixels repeat outwards.
 * The event loop has a turn before: heartbeats and other jobs must go on.
 */
export async function boxMean(
  plane: Float32Array,
  size: Size,
  radiusPx: number,
): Promise<Float32Array> {
  await setImmediate();
  return meanOfColumns(meanOfRows(plane, size, radiusPx), size, radiusPx);
}

function meanOfRows(
  plane: Float32Array,
  { widthPx, heightPx }: Size,
  radiusPx: number,
): Float32Array {
  const means = new Float32Array(plane.length);
  const window = 2 * radiusPx + 1;
  const line = new Float32Array(widthPx + window);
  for (let row = 0, i = 0; row < heightPx; row++) {
    line.fill(plane[i]!, 0, radiusPx);
    line.set(plane.subarray(i, i + widthPx), radiusPx);
    line.fill(plane[i + widthPx - 1]!, radiusPx + widthPx);
    let sum = 0;
    for (let k = 0; k < window; k++) sum += line[k]!;
    for (let col = 0; col < widthPx; col++, i++) {
      means[i] = sum / window;
      sum += line[col + window]! - line[col]!;
    }
  }
  return means;
}

/** Row by row, with one running sum per column: memory is read in order. */
function meanOfColumns(
  plane: Float32Array,
  { widthPx, heightPx }: Size,
  radiusPx: number,
): Float32Array {
  const means = new Float32Array(plane.length);
  const window = 2 * radiusPx + 1;
  const sums = new Float64Array(widthPx);
  const rowAt = (row: number): number => Math.min(Math.max(row, 0), heightPx - 1) * widthPx;
  for (let row = -radiusPx; row <= radiusPx; row++) {
    const from = rowAt(row);
    for (let col = 0; col < widthPx; col++) sums[col]! += plane[from + col]!;
  }
  for (let row = 0, i = 0; row < heightPx; row++) {
    const [entering, leaving] = [rowAt(row + radiusPx + 1), rowAt(row - radiusPx)];
    for (let col = 0; col < widthPx; col++, i++) {
      means[i] = sums[col]! / window;
      sums[col]! += plane[entering + col]! - plane[leaving + col]!;
    }
  }
  return means;
}

/** Planes at another size, bilinear between pixel centres. Reading costs most, and few pixels of a picture need it. */
export class PlaneReader {
  readonly #planes: readonly Float32Array[];
  readonly #widthPx: number;
  readonly #columns: Between;
  readonly #lines: Between;
  readonly #values: Float32Array;

  constructor({ planes, widthPx, heightPx }: Planes, size: Size) {
    this.#planes = planes;
    this.#widthPx = widthPx;
    this.#columns = between(size.widthPx, widthPx);
    this.#lines = between(size.heightPx, heightPx);
    this.#values = new Float32Array(planes.length);
  }

  /** Index in a plane of the first of the four pixels between which a place lies; the others are right of it and below. */
  corner(col: number, row: number): number {
    return this.#lines.low[row]! * this.#widthPx + this.#columns.low[col]!;
  }

  /** The values of all planes at a place of the other size; overwritten by the next call. */
  at(col: number, row: number): Float32Array {
    const [planes, values] = [this.#planes, this.#values];
    const upper = this.corner(col, row);
    const lower = upper + this.#lines.step[row]! * this.#widthPx;
    const right = this.#columns.step[col]!;
    // Shares of the four pixels.
    const [x, y] = [this.#columns.part[col]!, this.#lines.part[row]!];
    const lowerRight = x * y;
    const [upperRight, lowerLeft] = [x - lowerRight, y - lowerRight];
    const upperLeft = 1 - x - lowerLeft;
    for (let k = 0; k < values.length; k++) {
      const plane = planes[k]!;
      const above = plane[upper]! * upperLeft + plane[upper + right]! * upperRight;
      const below = plane[lower]! * lowerLeft + plane[lower + right]! * lowerRight;
      values[k] = above + below;
    }
    return values;
  }
}

interface Between {
  readonly low: Int32Array;
  /** From `low` to the next pixel: 1, but 0 at the end. */
  readonly step: Uint8Array;
  /** How far the way from `low` to the next pixel, 0–1. */
  readonly part: Float32Array;
}

/** Between which two of `sourceLength` pixels each of `targetLength` lies. */
function between(targetLength: number, sourceLength: number): Between {
  const low = new Int32Array(targetLength);
  const step = new Uint8Array(targetLength);
  const part = new Float32Array(targetLength);
  const last = sourceLength - 1;
  for (let i = 0; i < targetLength; i++) {
    const at = Math.min(Math.max(((i + 0.5) * sourceLength) / targetLength - 0.5, 0), last);
    low[i] = Math.floor(at);
    step[i] = low[i]! < last ? 1 : 0;
    part[i] = at - low[i]!;
  }
  return { low, step, part };
}
