// Compares what a tile costs the process that asks for it: this client against grpc-js with proto-loader.
//
//   node --conditions=@imagen/source packages/triton-client/bench/transport.ts [--rounds=7] [--tiles=300] [--json]
//
// A real Triton answers. Each round starts one process per transport, one after the other; the best round counts, as
// others only add what the machine did besides.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startTriton } from '@imagen/local-stack/triton';
import type { UserReport } from './transport-user.ts';

const USER = fileURLToPath(new URL('transport-user.ts', import.meta.url));
const TRANSPORTS = ['grpc-js', 'own'];

/** A model that answers a tile at once. */
interface TileModel {
  readonly name: string;
  readonly sidePx: number;
  readonly scale: number;
}

const MODELS: readonly TileModel[] = [
  { name: 'enlarge', sidePx: 256, scale: 4 },
  { name: 'repaint', sidePx: 512, scale: 1 },
];

interface Row extends UserReport {
  readonly tile: string;
  readonly transport: string;
  /** Of the CPU time of grpc-js. */
  readonly ratio: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    tiles: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'transport-bench-'));
try {
  for (const model of MODELS) await writeModel(model);
  await using triton = await startTriton({ modelRepositories: [folder] });
  const rows: Row[] = [];
  for (const model of MODELS) rows.push(...(await compare(triton.grpcAddress, model)));
  process.stdout.write(values.json ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows));
} finally {
  await rm(folder, { recursive: true });
}

async function writeModel({ name, sidePx, scale }: TileModel): Promise<void> {
  const tensor = (of: string, px: number): string =>
    `{ name: "${of}" data_type: TYPE_UINT8 dims: [ ${px}, ${px}, 3 ] }`;
  const config = `
    name: "${name}" backend: "simgpu" max_batch_size: 8
    input [ ${tensor('TILE', sidePx)} ]
    output [ ${tensor('RESULT', sidePx * scale)} ]
    parameters { key: "base_ms" value: { string_value: "0" } }
    parameters { key: "per_item_ms" value: { string_value: "0" } }`;
  await mkdir(join(folder, name, '1'), { recursive: true });
  await writeFile(join(folder, name, 'config.pbtxt'), config);
}

async function compare(address: string, { name, sidePx, scale }: TileModel): Promise<Row[]> {
  const reports = TRANSPORTS.map((): UserReport[] => []);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [index, transport] of TRANSPORTS.entries()) {
      const args = [...process.execArgv, USER, transport, address, name, `${sidePx}`, values.tiles];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      reports[index]?.push(JSON.parse(stdout) as UserReport);
    }
  }
  const tile = `${sidePx ** 2 * 3} -> ${(sidePx * scale) ** 2 * 3}`;
  const best = reports.map((all) => all.toSorted((a, b) => a.cpuMsPerTile - b.cpuMsPerTile)[0]);
  return best.flatMap((report, index) => {
    if (!report) return [];
    const ratio = report.cpuMsPerTile / (best[0]?.cpuMsPerTile ?? NaN);
    return [{ tile, transport: TRANSPORTS[index] ?? '', ...report, ratio }];
  });
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ tile, transport, cpuMsPerTile, ratio, tilesPerSecond, peakRssMib }) =>
    [
      tile.padEnd(20),
      transport.padEnd(8),
      cpuMsPerTile.toFixed(2).padStart(11),
      ratio.toFixed(2).padStart(6),
      tilesPerSecond.toFixed(0).padStart(7),
      peakRssMib.toFixed(0).padStart(13),
    ].join('  '),
  );
  const head = 'tile, bytes           transport  CPU ms/tile   ratio  tiles/s  peak RSS MiB';
  return `${[head, ...lines].join('\n')}\n`;
}
