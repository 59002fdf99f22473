import type { Picture } from './picture.ts';
import { createRaster, free, type Raster } from './raster.ts';
import { forEachRow, forEachStrip } from './strips.ts';
import { upscaleAlpha } from './upscale-alpha.ts';

/** Below this alpha a pixel's colour is a rounding remainder of 8-bit premultiplication, not a colour. */
const MIN_COLOURED_ALPHA = 8;

/** A raster of colour with holes: pixels whose weight, `[H, W]`, is below `minWeight`. */
interface PatchyRaster {
  readonly rgb: Raster;
  readonly weights: Uint8Array;
  readonly minWeight: number;
}

/**
 * The picture's colour with (nearly) transparent pixels filled from opaque ones nearby, so that a network never sees
 * what lies under transparency. Returns the picture itself where there is nothing to fill; never writes to it.
 */
export async function bleedColour(picture: Picture): Promise<Picture> {
  const { rgb, alpha } = picture;
  if (!alpha) return picture;
  const patchy = { rgb, weights: alpha.data, minWeight: MIN_COLOURED_ALPHA };
  const { hasHoles, hasColours } = await kindsOf(patchy);
  if (!hasHoles || !hasColours) return picture;
  const filled = createRaster(rgb, 3);
  await fill(patchy, filled);
  return { ...picture, rgb: filled };
}

/**
 * The result with the source's alpha, enlarged with it where the operation scales, and the source's colour space.
 * @param result colour `[sH, sW, 3]` of a source `[H, W]`, s a whole number; becomes part of the picture
 */
export async function restoreAlpha(result: Raster, source: Picture): Promise<Picture> {
  const picture = { ...source, rgb: result };
  const { alpha } = source;
  if (!alpha || alpha.widthPx === result.widthPx) return picture;
  return { ...picture, alpha: await upscaleAlpha(alpha, result.widthPx / alpha.widthPx) };
}

/**
 * Push-pull: fills holes from a half-size copy whose own holes were filled the same way. Linear in the pixels.
 * @param filled gets all pixels; may be the raster itself
 */
async function fill(patchy: PatchyRaster, filled: Raster): Promise<void> {
  if (!(await kindsOf(patchy)).hasHoles) return;
  const half = await halve(patchy);
  await fill(half, half.rgb);
  await pull(patchy, half.rgb, filled);
  free(half.rgb);
}

async function kindsOf(patchy: PatchyRaster): Promise<Kinds> {
  const kinds = { hasHoles: false, hasColours: false };
  await forEachRow(patchy.rgb, (row) => noteKinds(kinds, patchy, row));
  return kinds;
}

interface Kinds {
  hasHoles: boolean;
  hasColours: boolean;
}

function noteKinds(kinds: Kinds, { rgb, weights, minWeight }: PatchyRaster, row: number): void {
  if (kinds.hasHoles && kinds.hasColours) return;
  for (let i = row * rgb.widthPx; i < (row + 1) * rgb.widthPx; i++) {
    if (weights[i]! < minWeight) kinds.hasHoles = true;
    else kinds.hasColours = true;
  }
}

/** Half size; a pixel is the mean of those of its four that have a colour, and weighs as many. Border pixels repeat. */
async function halve(patchy: PatchyRaster): Promise<PatchyRaster> {
  const [widthPx, heightPx] = [(patchy.rgb.widthPx + 1) >> 1, (patchy.rgb.heightPx + 1) >> 1];
  const weights = new Uint8Array(widthPx * heightPx);
  const half = { rgb: createRaster({ widthPx, heightPx }, 3), weights, minWeight: 1 };
  await forEachRow(half.rgb, (row) => halveRow(patchy, half, row));
  return half;
}

function halveRow(
  { rgb, weights, minWeight }: PatchyRaster,
  half: PatchyRaster,
  row: number,
): void {
  const { data, widthPx, heightPx } = rgb;
  const halved = half.rgb.data;
  const down = 2 * row + 1 < heightPx ? widthPx : 0;
  for (let col = 0, to = row * half.rgb.widthPx; col < half.rgb.widthPx; col++, to++) {
    const right = 2 * col + 1 < widthPx ? 1 : 0;
    const from = 2 * (row * widthPx + col);
    const shareA = weights[from]! < minWeight ? 0 : 1;
    const shareB = weights[from + right]! < minWeight ? 0 : 1;
    const shareC = weights[from + down]! < minWeight ? 0 : 1;
    const shareD = weights[from + down + right]! < minWeight ? 0 : 1;
    const count = shareA + shareB + shareC + shareD;
    if (count === 0) continue;
    half.weights[to] = count;
    const a = from * 3;
    const b = a + right * 3;
    const c = a + down * 3;
    const d = b + down * 3;
    const red = shareA * data[a]! + shareB * data[b]! + shareC * data[c]! + shareD * data[d]!;
    const green =
      shareA * data[a + 1]! + shareB * data[b + 1]! + shareC * data[c + 1]! + shareD * data[d + 1]!;
    const blue =
      shareA * data[a + 2]! + shareB * data[b + 2]! + shareC * data[c + 2]! + shareD * data[d + 2]!;
    halved[to * 3] = red / count + 0.5;
    halved[to * 3 + 1] = green / count + 0.5;
    halved[to * 3 + 2] = blue / count + 0.5;
  }
}

/** Copies a raster, but gives its holes the value of the half-size one there. */
async function pull(patchy: PatchyRaster, half: Raster, filled: Raster): Promise<void> {
  const { data, widthPx } = patchy.rgb;
  await forEachStrip(filled, (fromRow, toRow) => {
    const [first, last] = [fromRow * widthPx * 3, toRow * widthPx * 3];
    if (filled.data !== data) filled.data.set(data.subarray(first, last), first);
    for (let row = fromRow; row < toRow; row++) pullRow(patchy, half, filled, row);
  });
}

/** Bilinear: 9, 3, 3 and 1 sixteenths of the nearest four. */
function pullRow(
  { weights, minWeight }: PatchyRaster,
  { data, widthPx, heightPx }: Raster,
  filled: Raster,
  row: number,
): void {
  const near = (row >> 1) * widthPx * 3;
  const far = beside(row, heightPx) * widthPx * 3;
  const target = filled.data;
  for (let col = 0, i = row * filled.widthPx; col < filled.widthPx; col++, i++) {
    if (weights[i]! >= minWeight) continue;
    const x = (col >> 1) * 3;
    const xBeside = beside(col, widthPx) * 3;
    const a = near + x;
    const b = near + xBeside;
    const c = far + x;
    const d = far + xBeside;
    const red = 9 * data[a]! + 3 * (data[b]! + data[c]!) + data[d]!;
    const green = 9 * data[a + 1]! + 3 * (data[b + 1]! + data[c + 1]!) + data[d + 1]!;
    const blue = 9 * data[a + 2]! + 3 * (data[b + 2]! + data[c + 2]!) + data[d + 2]!;
    target[i * 3] = (red + 8) >> 4;
    target[i * 3 + 1] = (green + 8) >> 4;
    target[i * 3 + 2] = (blue + 8) >> 4;
  }
}

/** Of the `length` pixels at half size, the second nearest to full-size pixel `index`. */
function beside(index: number, length: number): number {
  const step = (index & 1) === 0 ? -1 : 1;
  return Math.min(Math.max((index >> 1) + step, 0), length - 1);
}
