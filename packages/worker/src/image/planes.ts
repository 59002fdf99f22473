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

/** Mean over a (2r+1)² window around every pixel, by running sums: as fast for any radius. Border pixels repeat outwards. */
export function boxMean(plane: Float32Array, size: Size, radiusPx: number): Float32Array {
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

/**
 * Reads planes at another size, row by row, bilinear between pixel centres: each step gives one `[W]` row per plane.
 * The rows are overwritten by the next step.
 */
export function* rowsAtSize(
  { planes, ...own }: Planes,
  size: Size,
): Generator<readonly Float32Array[]> {
  const columns = between(size.widthPx, own.widthPx);
  const lines = between(size.heightPx, own.heightPx);
  const mixed = new Float32Array(own.widthPx);
  const rows = planes.map(() => new Float32Array(size.widthPx));
  for (let row = 0; row < size.heightPx; row++) {
    const [upper, lower, part] = [
      lines.low[row]! * own.widthPx,
      lines.high[row]! * own.widthPx,
      lines.part[row]!,
    ];
    for (const [k, plane] of planes.entries()) {
      for (let i = 0; i < mixed.length; i++)
        mixed[i] = plane[upper + i]! * (1 - part) + plane[lower + i]! * part;
      mixAlong(rows[k]!, mixed, columns);
    }
    yield rows;
  }
}

interface Between {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** Share of `high`. */
  readonly part: Float32Array;
}

/** Between which two of `sourceLength` pixels each of `targetLength` lies. */
function between(targetLength: number, sourceLength: number): Between {
  const [low, high, part] = [
    new Int32Array(targetLength),
    new Int32Array(targetLength),
    new Float32Array(targetLength),
  ];
  for (let i = 0; i < targetLength; i++) {
    const at = Math.min(
      Math.max(((i + 0.5) * sourceLength) / targetLength - 0.5, 0),
      sourceLength - 1,
    );
    low[i] = Math.floor(at);
    high[i] = Math.min(low[i]! + 1, sourceLength - 1);
    part[i] = at - low[i]!;
  }
  return { low, high, part };
}

function mixAlong(target: Float32Array, source: Float32Array, { low, high, part }: Between): void {
  for (let i = 0; i < target.length; i++) {
    const share = part[i]!;
    target[i] = source[low[i]!]! * (1 - share) + source[high[i]!]! * share;
  }
}
