import type { PanelFile } from '../panel-queries.ts';
import { inUnit, roundUp } from './numbers.ts';

/** A curve over time: seconds since the beginning, and value. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [atS: number, value: number])[];
}

/** A place on the picture, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const COLOURS = [
  '#3274d9',
  '#e0752d',
  '#56a64b',
  '#c4162a',
  '#8f3bb8',
  '#e0b400',
  '#1f9e9e',
  '#7c5c3e',
  '#d15b9c',
  '#5a6673',
];
const INK = '#24292e';
const FAINT = '#d8dce0';
const GREY = '#6b737b';
/** Room for the numbers of the axes, and for the legend below. */
const LEFT = 94;
const TOP = 34;
const BOTTOM = 76;
const RIGHT = 12;
/** A gap in the samples that is longer is one in the curve, in seconds. */
const GAP_S = 3;
const LEGEND_LINES = 3;
const SWATCH_PX = 13;
/** Of the font, on average. */
const LETTER_PX = 6.5;
/** Letters of a name in the legend. */
const MAX_NAME = 28;

/** Draws the curves of a chart in its frame. @param endS length of the time axis, in seconds */
export function drawChart(
  panel: PanelFile,
  curves: readonly Curve[],
  { box, endS }: { box: Box; endS: number },
): string {
  const { unit = 'short', max: top, custom } = panel.fieldConfig?.defaults ?? {};
  const isStacked = custom?.stacking?.mode === 'normal';
  const drawn = isStacked ? stacked(curves) : curves;
  const largest = Math.max(0, ...drawn.flatMap(({ points }) => points.map(([, value]) => value)));
  const max = top ?? roundUp(largest, unit);
  const plot = {
    x: box.x + LEFT,
    y: box.y + TOP,
    w: box.w - LEFT - RIGHT,
    h: box.h - TOP - BOTTOM,
  };
  const place = (atS: number, value: number): string =>
    `${(plot.x + (atS / endS) * plot.w).toFixed(1)},${(plot.y + plot.h * (1 - value / max)).toFixed(1)}`;
  const lines = drawn.map(({ points }, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    return path(points, place, { colour, isFilled: isStacked, floor: plot.y + plot.h });
  });
  // What is stacked on top is drawn first, and covered by what is below.
  const ordered = isStacked ? lines.toReversed() : lines;
  return [...axes(plot, { max, unit, endS }), ...ordered, ...legend(curves, box)].join('\n');
}

/** Each curve on top of those before. */
function stacked(curves: readonly Curve[]): Curve[] {
  const sums = new Map<number, number>();
  return curves.map(({ name, points }) => ({
    name,
    points: points.map(([atS, value]) => {
      const sum = (sums.get(atS) ?? 0) + value;
      sums.set(atS, sum);
      return [atS, sum] as const;
    }),
  }));
}

function path(
  points: Curve['points'],
  place: (atS: number, value: number) => string,
  { colour, isFilled, floor }: { colour: string; isFilled: boolean; floor: number },
): string {
  const runs: string[][] = [];
  let lastS = -Infinity;
  for (const [atS, value] of points) {
    if (atS - lastS > GAP_S) runs.push([]);
    runs.at(-1)!.push(place(atS, value));
    lastS = atS;
  }
  const style = `stroke="${colour}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"`;
  return runs
    .map((run) => {
      // A run of one sample is a dot.
      const line = run.length === 1 ? [run[0]!, run[0]!] : run;
      const outline = `<path d="M${line.join('L')}" fill="none" ${style}/>`;
      if (!isFilled) return outline;
      const [first, last] = [line[0]!, line.at(-1)!].map((point) => point.split(',')[0]);
      const fill = `<path d="M${line.join('L')}L${last},${floor}L${first},${floor}Z" fill="${colour}"/>`;
      return fill + outline;
    })
    .join('');
}

function axes(
  { x, y, w, h }: Box,
  { max, unit, endS }: { max: number; unit: string; endS: number },
): string[] {
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y + h * (1 - share);
    const label = inUnit(max * share, unit, max);
    return `<path d="M${x},${at}h${w}" stroke="${FAINT}"/>${text(label, { x: x - 6, y: at + 4, anchor: 'end' })}`;
  });
  const step = endS > 240 ? 60 : 30;
  const columns = Array.from({ length: Math.floor(endS / step) + 1 }, (_, index) => {
    const at = x + ((index * step) / endS) * w;
    const label = `${Math.floor((index * step) / 60)}:${String((index * step) % 60).padStart(2, '0')}`;
    return `<path d="M${at},${y}v${h}" stroke="${FAINT}"/>${text(label, { x: at, y: y + h + 15, anchor: 'middle' })}`;
  });
  return [...rows, ...columns];
}

/** Names beside their colours, as many as there is room for. */
function legend(curves: readonly Curve[], { x, y, w, h }: Box): string[] {
  const longest = Math.max(...curves.map(({ name }) => name.length));
  const width = SWATCH_PX + Math.min(longest, MAX_NAME) * LETTER_PX + 14;
  const columns = Math.max(1, Math.floor((w - 20) / width));
  const room = columns * LEGEND_LINES;
  const shown = curves.length > room ? curves.slice(0, room - 1) : curves;
  const names = shown.map(({ name }, index) => ({
    name: name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name,
    colour: COLOURS[index % COLOURS.length]!,
  }));
  const left = curves.length - shown.length;
  if (left > 0) names.push({ name: `and ${left} more`, colour: 'none' });
  return names.map(({ name, colour }, index) => {
    const at = {
      x: x + 14 + (index % columns) * width,
      y: y + h - 40 + Math.floor(index / columns) * 15,
    };
    const swatch = `<rect x="${at.x}" y="${at.y - 8}" width="9" height="9" fill="${colour}"/>`;
    return swatch + text(name, { x: at.x + SWATCH_PX, y: at.y });
  });
}

/** A line of text. */
export function text(
  content: string,
  { x, y, size = 11, anchor = 'start', weight = 400, colour = GREY }: TextStyle,
): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}" fill="${colour}">${safe}</text>`;
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: number;
  readonly colour?: string;
}

/** The value that a figure has at the end, large. */
export function drawFigure(
  panel: PanelFile,
  curves: readonly Curve[],
  { box, endS }: { box: Box; endS: number },
): string {
  const last = curves[0]?.points.at(-1);
  const value = last && endS - last[0] <= GAP_S ? last[1] : undefined;
  const unit = panel.fieldConfig?.defaults.unit ?? 'short';
  const shown = value === undefined ? '–' : inUnit(value, unit);
  const at = { x: box.x + box.w / 2, y: box.y + box.h / 2 + 22, anchor: 'middle' as const };
  return text(shown, { ...at, size: 30, weight: 700, colour: INK });
}
