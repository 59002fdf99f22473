import { srgbToLinear } from './tone-curve.ts';

/** What a picture's ICC profile is, as far as decoding goes. */
export type ProfileKind = 'none' | 'srgb' | 'rgb' | 'other';

/** Colorants of sRGB adapted to D50, as ICC profiles hold them (IEC 61966-2-1, Bradford): X, Y and Z of red, green, blue. */
const SRGB_COLORANTS = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7139],
} as const;
/** Profiles that call themselves sRGB differ by less; Display P3 differs by 0.08. */
const COLORANT_TOLERANCE = 0.003;
/** Coarse tables differ by less; gamma 2.2 differs by 0.0026 in the shadows. */
const CURVE_TOLERANCE = 0.0015;
/** Most tags we look through; real profiles have about 20. */
const MAX_TAGS = 100;

/**
 * Reads what decides how a picture's colours are taken: `srgb` has the colorants and the curve of sRGB, whatever it is
 * called; `rgb` is any other RGB profile, `other` a grey, CMYK or unreadable one.
 */
export function profileKind(icc: Buffer | undefined): ProfileKind {
  if (!icc) return 'none';
  try {
    if (icc.toString('latin1', 16, 20) !== 'RGB ') return 'other';
    return isSrgb(icc) ? 'srgb' : 'rgb';
  } catch {
    return 'other'; // Numbers beyond its end.
  }
}

function isSrgb(icc: Buffer): boolean {
  const tags = readTags(icc);
  // A table of colours would outrank colorants and curves.
  if (tags.has('A2B0')) return false;
  const colorants = Object.entries(SRGB_COLORANTS).every(([name, expected]) => {
    const tag = tags.get(name);
    return tag && expected.every((value, i) => isNear(fixed(tag, 8 + 4 * i), value));
  });
  return colorants && ['rTRC', 'gTRC', 'bTRC'].every((name) => hasSrgbCurve(tags.get(name)));
}

const isNear = (value: number, other: number): boolean =>
  Math.abs(value - other) < COLORANT_TOLERANCE;

/** Tags by signature (ICC.1:2022, 7.3): each view begins with its type and ends with the profile. */
function readTags(icc: Buffer): ReadonlyMap<string, Buffer> {
  const count = Math.min(icc.readUInt32BE(128), MAX_TAGS);
  const entries = Array.from({ length: count }, (_, i) => 132 + 12 * i);
  return new Map(
    entries.map((at) => [
      icc.toString('latin1', at, at + 4),
      icc.subarray(icc.readUInt32BE(at + 4)),
    ]),
  );
}

function hasSrgbCurve(tag: Buffer | undefined): boolean {
  if (!tag) return false;
  return Array.from({ length: 17 }, (_, i) => i / 16).every(
    (x) => Math.abs(curveAt(tag, x) - srgbToLinear(x)) < CURVE_TOLERANCE,
  );
}

/** The value of a `curv` or `para` tag at x (ICC.1:2022, 10.6 and 10.18); NaN for a form that sRGB does not have. */
function curveAt(tag: Buffer, x: number): number {
  const type = tag.toString('latin1', 0, 4);
  if (type === 'para' && tag.readUInt16BE(8) === 3) {
    const [g, a, b, c, d] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at));
    return x >= d! ? (a! * x + b!) ** g! : c! * x;
  }
  const count = type === 'curv' ? tag.readUInt32BE(8) : 0;
  if (count < 2) return NaN;
  const at = x * (count - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  const [before, after] = [low, high].map((i) => tag.readUInt16BE(12 + 2 * i) / 65_535);
  return before! + (after! - before!) * (at - low);
}

/** An s15Fixed16Number. */
function fixed(tag: Buffer, at: number): number {
  return tag.readInt32BE(at) / 65_536;
}
