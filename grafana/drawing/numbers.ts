/** Sizes that a number is shown in, from the largest down. */
type Scale = readonly (readonly [factor: number, symbol: string])[];

const SCALES: Readonly<Record<string, Scale>> = {
  s: [
    [86_400, ' d'],
    [3_600, ' h'],
    [60, ' min'],
    [1, ' s'],
    [1e-3, ' ms'],
  ],
  ms: [
    [1e3, ' s'],
    [1, ' ms'],
    [1e-3, ' µs'],
  ],
  bytes: [
    [2 ** 30, ' GiB'],
    [2 ** 20, ' MiB'],
    [2 ** 10, ' KiB'],
    [1, ' B'],
  ],
  percentunit: [[0.01, ' %']],
  short: [[1, '']],
};

const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** A number as Grafana would show it in one of its units. @param like sets the size: the largest of an axis */
export function inUnit(value: number, unit: string, like: number = value): string {
  const [factor, symbol] = sizeOf(like, unit);
  return `${Number((value / factor).toPrecision(3))}${symbol}`;
}

/** The end of an axis: a round number in the unit that is not smaller; 1 for nothing. */
export function roundUp(value: number, unit: string): number {
  if (value <= 0) return 1;
  const [factor] = sizeOf(value, unit);
  const power = 10 ** Math.floor(Math.log10(value / factor));
  return factor * power * STEPS.find((step) => step * power * factor >= value)!;
}

function sizeOf(value: number, unit: string): Scale[number] {
  if (unit.startsWith('suffix:')) return [1, unit.slice('suffix:'.length)];
  const scale = SCALES[unit] ?? [[1, ` ${unit}`]];
  if (value === 0) return scale.find(([factor]) => factor === 1) ?? scale[0]!;
  return scale.find(([factor]) => Math.abs(value) >= factor) ?? scale.at(-1)!;
}
