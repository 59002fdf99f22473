import type { FlowEvent, FlowRecording, FlowSample } from './flow-recording.ts';

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 16;
const TOP = 40;
const PANEL = 150;
const GAP = 34;
const INK = '#333';
const FAINT = '#ccc';

/** One curve or several over time, with an axis of its own. */
interface Panel {
  readonly title: string;
  readonly max: number;
  /** Where a dashed line shows what is aimed at. */
  readonly aim?: number;
  readonly curves: readonly Curve[];
}

interface Curve {
  readonly colour: string;
  readonly widthPx: number;
  readonly points: readonly (readonly [atS: number, value: number])[];
}

/** Draws a recording as SVG: tiles at Triton and the workers' limits, the wait in the queue, and the mean batch. */
export function plotFlow({ samples, events }: FlowRecording): string {
  const endS = samples.at(-1)?.atS ?? 1;
  const panels = panelsOf(samples);
  const heightPx = TOP + panels.length * (PANEL + GAP);
  const x = (atS: number): number => LEFT + (atS / endS) * (WIDTH - LEFT - RIGHT);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${heightPx}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${heightPx}" fill="white"/>`,
    ...events.map((event) => marker(event, x, heightPx)),
    ...panels.flatMap((panel, index) => drawPanel(panel, TOP + index * (PANEL + GAP), x)),
    ...axis(endS, x, heightPx),
    '</svg>',
    '',
  ].join('\n');
}

function panelsOf(samples: readonly FlowSample[]): Panel[] {
  const curve = (colour: string, value: (sample: FlowSample) => number): Curve => ({
    colour,
    widthPx: 1.8,
    points: samples.map((sample) => [sample.atS, value(sample)]),
  });
  const workers = Math.max(...samples.map(({ limits }) => limits.length));
  const limits = Array.from({ length: workers }, (_, worker) => limitOf(samples, worker));
  return [
    {
      title: 'tiles at Triton (blue; dashed: two batches), limit of each worker (grey)',
      max: 60,
      aim: 16,
      curves: [...limits, curve('#1f6fb5', ({ tilesAtTriton }) => tilesAtTriton)],
    },
    {
      title: 'mean wait in the queue, ms',
      max: Math.ceil(Math.max(...samples.map(({ queueMs }) => queueMs)) / 200) * 200,
      curves: [curve('#b5541f', ({ queueMs }) => queueMs)],
    },
    {
      title: 'mean batch (dashed: the largest)',
      max: 9,
      aim: 8,
      curves: [curve('#2c8a3d', ({ meanBatch }) => meanBatch)],
    },
  ];
}

function limitOf(samples: readonly FlowSample[], worker: number): Curve {
  const points = samples.flatMap(({ atS, limits }) => {
    const limit = limits[worker];
    return limit === undefined ? [] : [[atS, limit] as const];
  });
  return { colour: '#999', widthPx: 0.8, points };
}

function drawPanel(
  { title, max, aim, curves }: Panel,
  topPx: number,
  x: (atS: number) => number,
): string[] {
  const y = (value: number): number => topPx + PANEL * (1 - Math.min(value / max, 1));
  const right = WIDTH - RIGHT;
  const ticks = [0, 0.5, 1].map((share) => share * max);
  return [
    `<text x="${LEFT}" y="${topPx - 6}" fill="${INK}">${title}</text>`,
    ...ticks.flatMap((value) => [
      `<line x1="${LEFT}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#eee"/>`,
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end" fill="${INK}">${Math.round(value * 10) / 10}</text>`,
    ]),
    ...(aim === undefined
      ? []
      : [
          `<line x1="${LEFT}" x2="${right}" y1="${y(aim)}" y2="${y(aim)}" stroke="${INK}" stroke-dasharray="4 4"/>`,
        ]),
    ...curves.map(
      ({ colour, widthPx, points }) =>
        `<polyline fill="none" stroke="${colour}" stroke-width="${widthPx}" points="${points
          .map(([atS, value]) => `${x(atS).toFixed(1)},${y(value).toFixed(1)}`)
          .join(' ')}"/>`,
    ),
  ];
}

function marker({ atS, what }: FlowEvent, x: (atS: number) => number, heightPx: number): string {
  return (
    `<line x1="${x(atS)}" x2="${x(atS)}" y1="18" y2="${heightPx - GAP}" stroke="${FAINT}"/>` +
    `<text x="${x(atS) + 3}" y="14" fill="${INK}">${what}</text>`
  );
}

function axis(endS: number, x: (atS: number) => number, heightPx: number): string[] {
  const tens = Array.from({ length: Math.floor(endS / 10) + 1 }, (_, index) => index * 10);
  return tens.map(
    (atS) =>
      `<text x="${x(atS)}" y="${heightPx - GAP + 16}" text-anchor="middle" fill="${INK}">${atS} s</text>`,
  );
}
