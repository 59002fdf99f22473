/** The tone curve of sRGB and of Display P3: level 0–1 to light 0–1 (IEC 61966-2-1). */
export function srgbToLinear(level: number): number {
  return level <= 0.040_45 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
}

/** The inverse of {@link srgbToLinear}. */
export function linearToSrgb(light: number): number {
  return light <= 0.003_130_8 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}
