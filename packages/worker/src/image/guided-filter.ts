import { blur, createMaps, forEachSpan, type Maps } from './maps.ts';

/** How smooth a guided filter makes its map. */
export interface GuidedFilterOptions {
  readonly radiusPx: number;
  /** Variance of the guide (0–1)² that still counts as flat. */
  readonly epsilon: number;
}

/**
 * A map as a locally linear function of a picture, so that the map's edges become the picture's: `[H, W, 4]`, a of red,
 * green and blue, and b. The filtered map is a · colour + b, which may be taken at a larger size than the coefficients
 * were found at.
 */
export type Coefficients = Maps;

/**
 * Colour guided filter (He, Sun, Tang: Guided Image Filtering, 2010, §3.4). What it needs of the guide is found once, for
 * any number of maps: `[H, W, 1]` of the guide's size.
 * @param guide `[H, W, 3]`: red, green and blue, 0–1
 */
export async function guidedFilter(
  guide: Maps,
  { radiusPx, epsilon }: GuidedFilterOptions,
): Promise<(map: Maps) => Promise<Coefficients>> {
  const colours = await colourStatistics(guide, radiusPx);
  return async (map) => {
    const own = await mapStatistics(guide, map, radiusPx);
    await forEachSpan(own, (first, end) => {
      for (let i = first; i < end; i++) solve(colours.data, own.data, i, epsilon);
    });
    await blur(own, radiusPx);
    return own;
  };
}

/** Values of a pixel in the statistics of a guide, and in those of a map. */
const [OF_COLOURS, OF_MAP] = [9, 4];

/** Local means of a guide and the entries of its symmetric covariance matrix: r, g, b, rr, rg, rb, gg, gb, bb. */
async function colourStatistics(guide: Maps, radiusPx: number): Promise<Maps> {
  const statistics = createMaps(guide, OF_COLOURS);
  const { data } = statistics;
  await forEachSpan(statistics, (first, end) => {
    for (let i = first; i < end; i++) {
      copyColour(guide.data, data, i);
      addProducts(data, i * OF_COLOURS, 1);
    }
  });
  await blur(statistics, radiusPx);
  await forEachSpan(statistics, (first, end) => {
    for (let i = first; i < end; i++) addProducts(data, i * OF_COLOURS, -1);
  });
  return statistics;
}

function copyColour(colours: Float32Array, values: Float32Array, i: number): void {
  for (let c = 0; c < 3; c++) values[i * OF_COLOURS + c] = colours[i * 3 + c]!;
}

/** Adds the products of the colours at `at`, times `sign`, to the matrix that follows them. */
function addProducts(values: Float32Array, at: number, sign: 1 | -1): void {
  const r = values[at]!;
  const g = values[at + 1]!;
  const b = values[at + 2]!;
  values[at + 3]! += sign * r * r;
  values[at + 4]! += sign * r * g;
  values[at + 5]! += sign * r * b;
  values[at + 6]! += sign * g * g;
  values[at + 7]! += sign * g * b;
  values[at + 8]! += sign * b * b;
}

/** Local means of a map times red, green and blue, and of the map itself. */
async function mapStatistics(guide: Maps, map: Maps, radiusPx: number): Promise<Maps> {
  const statistics = createMaps(guide, OF_MAP);
  await forEachSpan(statistics, (first, end) => {
    for (let i = first; i < end; i++) multiplyColour(guide.data, map.data, statistics.data, i);
  });
  await blur(statistics, radiusPx);
  return statistics;
}

function multiplyColour(
  colours: Float32Array,
  map: Float32Array,
  products: Float32Array,
  i: number,
): void {
  const value = map[i]!;
  for (let c = 0; c < 3; c++) products[i * OF_MAP + c] = colours[i * 3 + c]! * value;
  products[i * OF_MAP + 3] = value;
}

/** Replaces the map's statistics of pixel `i` by its coefficients: (S + epsilon I) a = covariance, in closed form. */
function solve(colours: Float32Array, own: Float32Array, i: number, epsilon: number): void {
  const from = i * OF_COLOURS;
  const to = i * OF_MAP;
  const r = colours[from]!;
  const g = colours[from + 1]!;
  const b = colours[from + 2]!;
  const s00 = colours[from + 3]! + epsilon;
  const s01 = colours[from + 4]!;
  const s02 = colours[from + 5]!;
  const s11 = colours[from + 6]! + epsilon;
  const s12 = colours[from + 7]!;
  const s22 = colours[from + 8]! + epsilon;
  // The adjugate, which is symmetric too.
  const a00 = s11 * s22 - s12 * s12;
  const a01 = s12 * s02 - s01 * s22;
  const a02 = s01 * s12 - s11 * s02;
  const a11 = s00 * s22 - s02 * s02;
  const a12 = s01 * s02 - s00 * s12;
  const a22 = s00 * s11 - s01 * s01;
  const determinant = Math.max(s00 * a00 + s01 * a01 + s02 * a02, 1e-12);
  const mean = own[to + 3]!;
  const y0 = Math.fround(own[to]! - r * mean);
  const y1 = Math.fround(own[to + 1]! - g * mean);
  const y2 = Math.fround(own[to + 2]! - b * mean);
  own[to] = (a00 * y0 + a01 * y1 + a02 * y2) / determinant;
  own[to + 1] = (a01 * y0 + a11 * y1 + a12 * y2) / determinant;
  own[to + 2] = (a02 * y0 + a12 * y1 + a22 * y2) / determinant;
  // What the mean of the map has that the slope does not explain.
  own[to + 3] = mean - own[to] * r - own[to + 1]! * g - own[to + 2]! * b;
}
