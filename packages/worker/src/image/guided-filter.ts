import { setImmediate } from 'node:timers/promises';
import { boxMean, multiply, type Planes } from './planes.ts';

/** How smooth a guided filter makes its map. */
export interface GuidedFilterOptions {
  readonly radiusPx: number;
  /** Variance of the guide (0–1)² that still counts as flat. */
  readonly epsilon: number;
}

/**
 * A map as a locally linear function of a picture, so that the map's edges become the picture's: a of red, green and blue,
 * and b. The filtered map is a · colour + b, which may be taken at a larger size than the coefficients were found at.
 */
export interface Coefficients extends Planes {
  readonly planes: readonly [...Triple, Float32Array];
}

type Triple = readonly [Float32Array, Float32Array, Float32Array];
/** Entries of a symmetric 3 × 3 matrix per pixel: rr, rg, rb, gg, gb, bb. */
type Symmetric = readonly [...Triple, ...Triple];

/**
 * Colour guided filter (He, Sun, Tang: Guided Image Filtering, 2010, §3.4). What it needs of the guide is found once, for
 * any number of maps: planes of the guide's size.
 * @param guide red, green and blue, 0–1
 */
export async function guidedFilter(
  guide: Planes,
  { radiusPx, epsilon }: GuidedFilterOptions,
): Promise<(map: Float32Array) => Promise<Coefficients>> {
  const mean = async (plane: Float32Array): Promise<Float32Array> =>
    boxMean(plane, guide, radiusPx);
  const [r, g, b] = guide.planes as Triple;
  const means: Triple = [await mean(r), await mean(g), await mean(b)];
  const covariance = async (
    [x, meanX]: readonly [Float32Array, Float32Array],
    [y, meanY]: readonly [Float32Array, Float32Array],
  ): Promise<Float32Array> => {
    const result = await mean(multiply(x, y));
    for (let i = 0; i < result.length; i++) result[i]! -= meanX[i]! * meanY[i]!;
    return result;
  };
  const [red, green, blue] = [
    [r, means[0]] as const,
    [g, means[1]] as const,
    [b, means[2]] as const,
  ];
  const colours: Symmetric = [
    await covariance(red, red),
    await covariance(red, green),
    await covariance(red, blue),
    await covariance(green, green),
    await covariance(green, blue),
    await covariance(blue, blue),
  ];
  return async (map) => {
    const meanMap = await mean(map);
    const own = [map, meanMap] as const;
    const withMap: Triple = [
      await covariance(red, own),
      await covariance(green, own),
      await covariance(blue, own),
    ];
    // That takes as long as several means, each of which gives the event loop a turn.
    await setImmediate();
    const slope = solve(colours, epsilon, withMap);
    const offset = offsetOf(slope, means, meanMap);
    const [a0, a1, a2] = slope;
    return {
      ...guide,
      planes: [await mean(a0), await mean(a1), await mean(a2), await mean(offset)],
    };
  };
}

/** What the mean of a map has that the slope does not explain. */
function offsetOf([a0, a1, a2]: Triple, [r, g, b]: Triple, meanMap: Float32Array): Float32Array {
  const offset = new Float32Array(meanMap.length);
  for (let i = 0; i < offset.length; i++) {
    offset[i] = meanMap[i]! - a0[i]! * r[i]! - a1[i]! * g[i]! - a2[i]! * b[i]!;
  }
  return offset;
}

/** Solves (S + epsilon I) x = right in closed form, pixel by pixel. */
function solve(
  [rr, rg, rb, gg, gb, bb]: Symmetric,
  epsilon: number,
  [right0, right1, right2]: Triple,
): Triple {
  const length = rr.length;
  const x0 = new Float32Array(length);
  const x1 = new Float32Array(length);
  const x2 = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const s00 = rr[i]! + epsilon;
    const s11 = gg[i]! + epsilon;
    const s22 = bb[i]! + epsilon;
    const s01 = rg[i]!;
    const s02 = rb[i]!;
    const s12 = gb[i]!;
    // The adjugate, which is symmetric too.
    const a00 = s11 * s22 - s12 * s12;
    const a01 = s12 * s02 - s01 * s22;
    const a02 = s01 * s12 - s11 * s02;
    const a11 = s00 * s22 - s02 * s02;
    const a12 = s01 * s02 - s00 * s12;
    const a22 = s00 * s11 - s01 * s01;
    const determinant = Math.max(s00 * a00 + s01 * a01 + s02 * a02, 1e-12);
    const y0 = right0[i]!;
    const y1 = right1[i]!;
    const y2 = right2[i]!;
    x0[i] = (a00 * y0 + a01 * y1 + a02 * y2) / determinant;
    x1[i] = (a01 * y0 + a11 * y1 + a12 * y2) / determinant;
    x2[i] = (a02 * y0 + a12 * y1 + a22 * y2) / determinant;
  }
  return [x0, x1, x2];
}
