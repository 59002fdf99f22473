import { boxMean, multiply, type Planes } from './planes.ts';

/** How smooth a guided filter makes its map. */
export interface GuidedFilterOptions {
  readonly radiusPx: number;
  /** Variance of the guide (0–1)² that still counts as flat. */
  readonly epsilon: number;
}

/** Entries of a symmetric 3 × 3 matrix per pixel: rr, rg, rb, gg, gb, bb. */
type Symmetric = readonly [
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
];
type Triple = readonly [Float32Array, Float32Array, Float32Array];

/**
 * Colour guided filter (He, Sun, Tang: Guided Image Filtering, 2010, §3.4): a map as a locally linear function of a picture,
 * so that the map's edges become the picture's. Returns the four planes a of red, green, blue and b; the filtered map is
 * a · colour + b, which may be taken at a larger size than the coefficients were found at.
 * @param guide red, green and blue, 0–1
 * @param map one plane of the guide's size
 */
export function guidedCoefficients(
  guide: Planes,
  map: Float32Array,
  { radiusPx, epsilon }: GuidedFilterOptions,
): Planes {
  const mean = (plane: Float32Array): Float32Array => boxMean(plane, guide, radiusPx);
  const [r, g, b] = guide.planes as Triple;
  const means: Triple = [mean(r), mean(g), mean(b)];
  const meanMap = mean(map);
  const covariance = (
    x: Float32Array,
    meanX: Float32Array,
    y: Float32Array,
    meanY: Float32Array,
  ): Float32Array => {
    const result = mean(multiply(x, y));
    for (let i = 0; i < result.length; i++) result[i]! -= meanX[i]! * meanY[i]!;
    return result;
  };
  const colours: Symmetric = [
    covariance(r, means[0], r, means[0]),
    covariance(r, means[0], g, means[1]),
    covariance(r, means[0], b, means[2]),
    covariance(g, means[1], g, means[1]),
    covariance(g, means[1], b, means[2]),
    covariance(b, means[2], b, means[2]),
  ];
  const withMap: Triple = [
    covariance(r, means[0], map, meanMap),
    covariance(g, means[1], map, meanMap),
    covariance(b, means[2], map, meanMap),
  ];
  const slope = solve(colours, epsilon, withMap);
  const offset = new Float32Array(map.length);
  for (let i = 0; i < offset.length; i++) {
    const [fromR, fromG] = [slope[0][i]! * means[0][i]!, slope[1][i]! * means[1][i]!];
    offset[i] = meanMap[i]! - fromR - fromG - slope[2][i]! * means[2][i]!;
  }
  return { ...guide, planes: [...slope, offset].map(mean) };
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
