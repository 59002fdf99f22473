/** Jobs of the operations that are chosen above the dashboard. */
export const OF_OPERATION = 'operation=~"$operation"';
/** Models that are chosen above the dashboard. */
export const OF_MODEL = 'model=~"$model"';

/** Growth per second of a counter, summed up. @param by labels to keep, e.g. `operation, outcome` */
export function rate(counter: string, by = ''): string {
  return `${sum(by)} (rate(${counter}[$__rate_interval]))`;
}

/** `over ÷ under`, and no sample, not NaN, while nothing happens. */
export function ratio(over: string, under: string): string {
  return `${over} / (${under} > 0)`;
}

/** A quantile of a histogram, and no sample while nothing is observed. @param selector label matchers */
export function quantile(
  q: number,
  histogram: string,
  { selector = '', by = '' }: { selector?: string; by?: string },
): string {
  const buckets = rate(`${histogram}_bucket{${selector}}`, by ? `le, ${by}` : 'le');
  const observed = rate(`${histogram}_count{${selector}}`, by);
  return `histogram_quantile(${q}, ${buckets}) and ${observed} > 0`;
}

function sum(by: string): string {
  return by === '' ? 'sum' : `sum by (${by})`;
}
