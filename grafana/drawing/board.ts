import type { DashboardFile, PanelFile } from '../panel-queries.ts';
import { type Box, type Curve, drawChart, drawFigure, text } from './chart.ts';

const WIDTH = 1280;
const COLUMN = WIDTH / 24;
const ROW = 30;
const TITLE = 44;
const MARGIN = 4;
const INK = '#24292e';

/** A panel, and the curves of its queries. */
export interface FilledPanel {
  readonly panel: PanelFile;
  readonly curves: readonly Curve[];
  /** Why it has none, where that is known. */
  readonly excuse?: string;
}

/** Draws a dashboard in its own layout, as SVG. @param endS length of the time axes, in seconds */
export function drawBoard(
  { title }: DashboardFile,
  panels: readonly FilledPanel[],
  endS: number,
): string {
  const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const height = TITLE + rows * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="DejaVu Sans, sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="#f1f3f5"/>`,
    text(title, { x: 12, y: 30, size: 20, weight: 700, colour: INK }),
    ...panels.map((filled) => drawPanel(filled, endS)),
    '</svg>',
  ].join('\n');
}

function drawPanel({ panel, curves, excuse }: FilledPanel, endS: number): string {
  const { x, y, w, h } = panel.gridPos;
  const box: Box = {
    x: x * COLUMN + MARGIN,
    y: TITLE + y * ROW + MARGIN,
    w: w * COLUMN - 2 * MARGIN,
    h: h * ROW - 2 * MARGIN,
  };
  const heading = text(panel.title, {
    x: box.x + 10,
    y: box.y + 17,
    size: 13,
    weight: 700,
    colour: INK,
  });
  if (panel.type === 'row') return heading;
  const frame = `<rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="3" fill="white" stroke="#d8dce0"/>`;
  return frame + heading + content({ panel, curves, excuse: excuse ?? 'no data' }, box, endS);
}

function content({ panel, curves, excuse }: Required<FilledPanel>, box: Box, endS: number): string {
  if (panel.type === 'stat') return drawFigure(panel, curves, { box, endS });
  if (curves.length > 0) return drawChart(panel, curves, { box, endS });
  return text(excuse, { x: box.x + box.w / 2, y: box.y + box.h / 2, size: 12, anchor: 'middle' });
}
