// Draws the dashboards with the data of a real run into docs/images/dashboards: a Triton, five workers and a Prometheus on
// this machine, jobs for about three minutes. The pictures are drawn from the dashboards' JSON, not by Grafana.
//   npm run dashboards:draw      needs `prometheus` on the PATH
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { OPERATION_NAMES } from '@imagen/contracts';
import { startTriton } from '@imagen/local-stack/triton';
import sharp from 'sharp';
import { startLocalCloud } from '../packages/worker/test/support/local-cloud.ts';
import { startWorkerProcess } from '../packages/worker/test/support/worker-process.ts';
import { ELSEWHERE } from './dashboards.ts';
import { drawBoard, type FilledPanel } from './drawing/board.ts';
import type { Curve } from './drawing/chart.ts';
import { runLoad } from './drawing/load.ts';
import { type DashboardFile, type PanelFile, withoutVariables } from './panel-queries.ts';
import { type PrometheusServer, type Series, startPrometheus } from './prometheus-server.ts';

const MODELS = fileURLToPath(new URL('../triton/model_repository', import.meta.url));
const DASHBOARDS = new URL('dashboards/', import.meta.url);
const PICTURES = new URL('../docs/images/dashboards/', import.meta.url);
/** What rates are taken over: a run is short. */
const WINDOW = '15s';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

await using open = new AsyncDisposableStack();
const triton = open.use(await startTriton({ modelRepositories: [MODELS], onProgress: say }));
const cloud = open.use(await startLocalCloud());
const workers = await Promise.all(
  OPERATION_NAMES.map(async (operation) =>
    startWorkerProcess({
      ...cloud.environment,
      IMAGEN_OPERATIONS: operation,
      IMAGEN_TRITON_ADDRESS: triton.grpcAddress,
    }),
  ),
);
for (const worker of workers) open.use(worker);
const prometheus = open.use(
  await startPrometheus({
    worker: workers.map(({ url }) => new URL(url).host),
    triton: [new URL(triton.metricsUrl).host],
  }),
);
const startedAt = Date.now() / 1000;
await runLoad(cloud, say);
const endS = Date.now() / 1000 - startedAt;

await mkdir(PICTURES, { recursive: true });
for (const file of await readdir(DASHBOARDS)) {
  const dashboard = JSON.parse(await readFile(new URL(file, DASHBOARDS), 'utf8')) as DashboardFile;
  const filled = await Promise.all(dashboard.panels.map(async (panel) => fill(panel, prometheus)));
  if (filled.every(({ curves }) => curves.length === 0)) continue;
  const svg = drawBoard(dashboard, filled, endS);
  const png = await sharp(Buffer.from(svg)).png({ palette: true, colours: 64 }).toBuffer();
  const picture = new URL(file.replace('.json', '.png'), PICTURES);
  await writeFile(picture, png);
  say(`${fileURLToPath(picture)}: ${png.length} bytes`);
}

/** Asks for the curves of a panel. */
async function fill(panel: PanelFile, server: PrometheusServer): Promise<FilledPanel> {
  const targets = panel.targets ?? [];
  const answers = await Promise.all(
    targets.map(async ({ expr, legendFormat }) => {
      const series = await server.query(withoutVariables(expr, WINDOW));
      return series.map((each) => toCurve(each, legendFormat));
    }),
  );
  const [, excuse] =
    Object.entries(ELSEWHERE).find(([name]) => targets.some(({ expr }) => expr.includes(name))) ??
    [];
  return { panel, curves: answers.flat(), ...(excuse === undefined ? {} : { excuse }) };
}

function toCurve({ metric, values }: Series, legend: string): Curve {
  return {
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([at, value]) => [at - startedAt, Number(value)] as const),
  };
}
