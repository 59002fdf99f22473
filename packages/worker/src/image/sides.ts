import { boxMean, multiply, type Planes } from './planes.ts';

/** Windows of the two passes of blur fusion: one for clean colours, one for local ones (Forte 2021). */
const FUSION_RADII_PX = [90, 6] as const;

/**
 * Mean colours of the subject and of the background around every pixel, each pixel weighted by its share of them. Six
 * planes, 0–1: red, green and blue of the subject, then of the background.
 * @param colour red, green and blue, 0–1
 * @param share the subject's, 0–1, one plane of that size
 */
export async function meanSides(
  colour: Planes,
  share: Float32Array,
  radiusPx: number,
): Promise<Planes> {
  return blurSides({ ...colour, planes: [...colour.planes, ...colour.planes] }, share, radiusPx);
}

/**
 * Colours of the subject and of the background where they mix, six planes as of {@link meanSides}: blur fusion, twice
 * (Forte, Approximate Fast Foreground Colour Estimation, 2021).
 */
export async function fuseSides(colour: Planes, share: Float32Array): Promise<Planes> {
  const [wideRadiusPx, nearRadiusPx] = FUSION_RADII_PX;
  const wide = await meanSides(colour, share, wideRadiusPx);
  const front = colour.planes.map((plane, c) => {
    const [own, other] = [wide.planes[c]!, wide.planes[c + 3]!];
    const corrected = new Float32Array(plane.length);
    for (let i = 0; i < corrected.length; i++) {
      const value = ownColour(plane[i]!, share[i]!, own[i]!, other[i]!);
      corrected[i] = Math.min(Math.max(value, 0), 1);
    }
    return corrected;
  });
  const planes = [...front, ...wide.planes.slice(3)];
  return blurSides({ ...colour, planes }, share, nearRadiusPx);
}

/** What is left of a colour that was seen when the background's share is taken out of it. */
export function ownColour(seen: number, share: number, front: number, back: number): number {
  return front + share * (seen - share * front - (1 - share) * back);
}

/** Local means of both sides' colours, six planes, each side weighted by its share of the pixel. */
async function blurSides(sides: Planes, share: Float32Array, radiusPx: number): Promise<Planes> {
  const rest = share.map((part) => 1 - part);
  const [total, totalRest] = [
    await boxMean(share, sides, radiusPx),
    await boxMean(rest, sides, radiusPx),
  ];
  const planes: Float32Array[] = [];
  for (const [k, plane] of sides.planes.entries()) {
    const [weights, sum] = k < 3 ? [share, total] : [rest, totalRest];
    const mean = await boxMean(multiply(plane, weights), sides, radiusPx);
    for (let i = 0; i < mean.length; i++) mean[i]! /= sum[i]! + 1e-5;
    planes.push(mean);
  }
  return { ...sides, planes };
}
