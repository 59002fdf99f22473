import { setImmediate } from 'node:timers/promises';
import type { Size } from './raster.ts';

/** Pixels of a strip: a millisecond, for work of some 30 ns on each. */
const STRIP_PIXELS = 2 ** 15;

/**
 * Does work of a known length a part at a time. Before each part the event loop has a turn: heartbeats and other jobs must
 * go on.
 * @param work on what lies from `from` to before `to`. Loops belong into a function of its module: what V8 has compiled of a
 * closure is lost when this call's is collected, and compiled anew for every job.
 */
export async function forEachPart(
  length: number,
  partLength: number,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < length; from += partLength) {
    await setImmediate();
    work(from, Math.min(from + partLength, length));
  }
}

/**
 * Works on a picture from its top to its bottom, a strip of rows at a time, as {@link forEachPart} does.
 * @param work on the rows from `fromRow` to before `toRow`
 * @param stripPixels fewer than by default where the work on a pixel is harder
 */
export async function forEachStrip(
  { widthPx, heightPx }: Size,
  work: (fromRow: number, toRow: number) => void,
  stripPixels: number = STRIP_PIXELS,
): Promise<void> {
  await forEachPart(heightPx, Math.ceil(stripPixels / widthPx), work);
}

/** Works on a picture row by row, as {@link forEachStrip} does. */
export async function forEachRow(
  size: Size,
  work: (row: number) => void,
  stripPixels?: number,
): Promise<void> {
  const workOnStrip = (fromRow: number, toRow: number): void => {
    for (let row = fromRow; row < toRow; row++) work(row);
  };
  await forEachStrip(size, workOnStrip, stripPixels);
}
