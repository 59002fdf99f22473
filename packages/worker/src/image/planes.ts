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

/** Combines planes of one size, pixel by pixel. */
export function mapPixels(length: number, value: (i: number) => number): Float32Array {
  const plane = new Float32Array(length);
  for (let i = 0; i < length; i++) plane[i] = value(i);
  return plane;
}

/** Mean over a (2r+1)² window around every pixel, by running sums: as fast for any radius. Border pixels repeat outwards. */
export function boxMean(
  plane: Float32Array,
  { widthPx, heightPx }: Size,
  radiusPx: number,
): Float32Array {
  const rows = new Float32Array(plane.length);
  for (let row = 0; row < heightPx; row++)
    meanAlong(plane, rows, { from: row * widthPx, step: 1, length: widthPx }, radiusPx);
  const both = new Float32Array(plane.length);
  for (let col = 0; col < widthPx; col++)
    meanAlong(rows, both, { from: col, step: widthPx, length: heightPx }, radiusPx);
  return both;
}

interface Line {
  readonly from: number;
  readonly step: number;
  readonly length: number;
}

function meanAlong(
  source: Float32Array,
  target: Float32Array,
  { from, step, length }: Line,
  radiusPx: number,
): void {
  const at = (i: number): number => source[from + Math.min(Math.max(i, 0), length - 1) * step]!;
  let sum = 0;
  for (let i = -radiusPx; i <= radiusPx; i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    target[from + i * step] = sum / (2 * radiusPx + 1);
    sum += at(i + radiusPx + 1) - at(i - radiusPx);
  }
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
