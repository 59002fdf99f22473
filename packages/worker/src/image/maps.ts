import { free, type Raster, type Size } from './raster.ts';
import { forEachRow, forEachStrip } from './strips.ts';

/** Maps of a picture at a size of their own, interleaved: `data` is `[H, W, C]`, row-major, any range. */
export interface Maps extends Size {
  readonly data: Float32Array;
  /** C. */
  readonly channels: number;
}

/** Pixels of a strip: with up to nine channels, each is more work than a raster's. */
const STRIP_PIXELS = 2 ** 13;

/** Maps of zeros. */
export function createMaps({ widthPx, heightPx }: Size, channels: number): Maps {
  return { data: new Float32Array(widthPx * heightPx * channels), widthPx, heightPx, channels };
}

/** The channels of a raster as maps, 0–1. */
export async function toMaps(raster: Raster): Promise<Maps> {
  const maps = createMaps(raster, raster.channels);
  await forEachSpan(maps, (first, end) => {
    const { data, channels } = maps;
    for (let i = first * channels; i < end * channels; i++) data[i] = raster.data[i]! / 255;
  });
  return maps;
}

/**
 * Works on the pixels of maps in strips, as {@link forEachStrip} does.
 * @param work on the pixels from `first` to before `end`
 */
export async function forEachSpan(
  maps: Maps,
  work: (first: number, end: number) => void,
): Promise<void> {
  const { widthPx } = maps;
  const strip = (fromRow: number, toRow: number): void => work(fromRow * widthPx, toRow * widthPx);
  await forEachStrip(maps, strip, STRIP_PIXELS);
}

/**
 * Replaces every value by the mean of its channel over a (2r+1)² window around its pixel, by running sums: as fast for any
 * radius. Border pixels repeat outwards.
 */
export async function blur(maps: Maps, radiusPx: number): Promise<void> {
  const rows = createMaps(maps, maps.channels);
  await forEachRow(maps, (row) => meanOfRow(maps, radiusPx, row, rows.data), STRIP_PIXELS);
  const columns = new ColumnMeans(rows, radiusPx);
  const window = { ...maps, heightPx: 2 * radiusPx + 1 };
  await forEachRow(window, (row) => columns.enter(row - radiusPx), STRIP_PIXELS);
  await forEachRow(maps, (row) => columns.write(row, maps.data), STRIP_PIXELS);
  free(rows);
}

function meanOfRow(
  { data, widthPx, channels }: Maps,
  radiusPx: number,
  row: number,
  means: Float32Array,
): void {
  const window = 2 * radiusPx + 1;
  for (let c = 0; c < channels; c++) {
    const first = row * widthPx * channels + c;
    const last = first + (widthPx - 1) * channels;
    let sum = 0;
    for (let k = -radiusPx; k <= radiusPx; k++) {
      sum += data[Math.min(Math.max(first + k * channels, first), last)]!;
    }
    for (let at = first; at <= last; at += channels) {
      means[at] = sum / window;
      const entering = data[Math.min(at + (radiusPx + 1) * channels, last)]!;
      sum += entering - data[Math.max(at - radiusPx * channels, first)]!;
    }
  }
}

/** Row by row, with one running sum per column: memory is read in order. */
class ColumnMeans {
  readonly #maps: Maps;
  readonly #radiusPx: number;
  readonly #sums: Float64Array;

  constructor(maps: Maps, radiusPx: number) {
    this.#maps = maps;
    this.#radiusPx = radiusPx;
    this.#sums = new Float64Array(maps.widthPx * maps.channels);
  }

  /** Adds a row of the first window, which begins `radiusPx` above the first row. */
  enter(row: number): void {
    const { data } = this.#maps;
    const sums = this.#sums;
    const from = this.#startOf(row);
    for (let i = 0; i < sums.length; i++) sums[i]! += data[from + i]!;
  }

  /** Writes the means of a row; the next call must be for the next row. */
  write(row: number, means: Float32Array): void {
    const { data } = this.#maps;
    const sums = this.#sums;
    const window = 2 * this.#radiusPx + 1;
    const to = this.#startOf(row);
    const entering = this.#startOf(row + this.#radiusPx + 1);
    const leaving = this.#startOf(row - this.#radiusPx);
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i]!;
      means[to + i] = sum / window;
      sums[i] = sum + (data[entering + i]! - data[leaving + i]!);
    }
  }

  #startOf(row: number): number {
    return Math.min(Math.max(row, 0), this.#maps.heightPx - 1) * this.#sums.length;
  }
}

/** Reads maps at another size, bilinear between pixel centres, a part of a row at a time. */
export class MapReader {
  readonly #maps: Maps;
  readonly #rows: Between;
  readonly #columns: Between;
  /** The row that was read, at the maps' own width. */
  readonly #line: Float32Array;
  readonly #values: Float32Array;

  constructor(maps: Maps, size: Size) {
    const { widthPx, heightPx, channels } = maps;
    this.#maps = maps;
    this.#rows = between(size.heightPx, heightPx, widthPx);
    this.#columns = between(size.widthPx, widthPx, 1);
    this.#line = new Float32Array(widthPx * channels);
    this.#values = new Float32Array(channels);
  }

  /** Index of the first of the four pixels between which a place lies; the others are right of it and below. */
  corner(col: number, row: number): number {
    return this.#rows.low[row]! + this.#columns.low[col]!;
  }

  /** Makes ready a row of the other size, for its columns from `fromCol` to before `toCol`. */
  read(row: number, fromCol: number, toCol: number): void {
    const { data, channels } = this.#maps;
    const line = this.#line;
    const { low, step } = this.#columns;
    const end = (low[toCol - 1]! + step[toCol - 1]! + 1) * channels;
    const upper = this.#rows.low[row]! * channels;
    const lower = upper + this.#rows.step[row]! * channels;
    const part = this.#rows.part[row]!;
    for (let i = low[fromCol]! * channels; i < end; i++) {
      const above = data[upper + i]!;
      line[i] = above + (data[lower + i]! - above) * part;
    }
  }

  /** The values `[C]` at a column of the row that was made ready; overwritten by the next call. */
  at(col: number): Float32Array {
    const line = this.#line;
    const values = this.#values;
    const left = this.#columns.low[col]! * values.length;
    const right = left + this.#columns.step[col]! * values.length;
    const part = this.#columns.part[col]!;
    for (let c = 0; c < values.length; c++) {
      const value = line[left + c]!;
      values[c] = value + (line[right + c]! - value) * part;
    }
    return values;
  }
}

/** Between which two of the places of a line each of another line's lies; places are so many values apart. */
interface Between {
  readonly low: Int32Array;
  /** From `low` to the next place, 0 at the end. */
  readonly step: Int32Array;
  /** How far the way from `low` to the next place, 0–1. */
  readonly part: Float32Array;
}

function between(targetLength: number, sourceLength: number, apart: number): Between {
  const low = new Int32Array(targetLength);
  const step = new Int32Array(targetLength);
  const part = new Float32Array(targetLength);
  const last = sourceLength - 1;
  for (let i = 0; i < targetLength; i++) {
    const at = Math.min(Math.max(((i + 0.5) * sourceLength) / targetLength - 0.5, 0), last);
    const floor = Math.floor(at);
    low[i] = floor * apart;
    step[i] = floor < last ? apart : 0;
    part[i] = at - floor;
  }
  return { low, step, part };
}
