import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { createTritonClient, type ModelStatistics } from '@imagen/triton-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInference, type TritonInference } from '../../src/inference.ts';
import type { ModelSpec } from '../../src/operations/operation.ts';
import type { JobTiles } from '../../src/ports.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

/** Milliseconds of a batch, and of each tile in it. */
const SPEEDS = { fast: [10, 3], usual: [20, 10], slow: [60, 30] } as const;
const WORKERS = 3;
const SPEC: Omit<ModelSpec, 'modelName'> = {
  tiling: 'tiles',
  scale: 1,
  paramsLength: 0,
  coords: false,
  resultChannels: 3,
};
/** More than any worker may have in flight. */
const TILES_AT_ONCE = 40;

const folder = await mkdtemp(join(tmpdir(), 'imagen-flow-'));
let server: TritonServer;

beforeAll(async () => {
  for (const [name, [baseMs, perTileMs]] of Object.entries(SPEEDS)) {
    await mkdir(join(folder, name, '1'), { recursive: true });
    await writeFile(join(folder, name, 'config.pbtxt'), configOf(name, baseMs, perTileMs));
  }
  server = await startTriton({ modelRepositories: [folder] });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function configOf(name: string, baseMs: number, perTileMs: number): string {
  const facts = { tiling: 'tiles', tile_px: 16, halo_px: 0, origin_align_px: 1, scale: 1 };
  const parameters = Object.entries({ ...facts, base_ms: baseMs, per_item_ms: perTileMs }).map(
    ([key, value]) => `parameters { key: "${key}" value { string_value: "${value}" } }`,
  );
  return `name: "${name}" backend: "simgpu" max_batch_size: 8
input [ { name: "TILE" data_type: TYPE_UINT8 dims: [16, 16, 3] } ]
output [ { name: "RESULT" data_type: TYPE_UINT8 dims: [16, 16, 3] } ]
dynamic_batching { }
instance_group [ { kind: KIND_AUTO count: 1 } ]
${parameters.join('\n')}`;
}

/** A job that never ends. */
async function keepBusy(worker: TritonInference, modelName: string, signal: AbortSignal) {
  const spec = { modelName, ...SPEC };
  const job = worker.tilesOf(await worker.model(spec, signal), 100_000);
  await Promise.all(Array.from({ length: TILES_AT_ONCE }, async () => sendTiles(job, signal)));
}

async function sendTiles(job: JobTiles, signal: AbortSignal): Promise<void> {
  const tile = new Uint8Array(16 * 16 * 3);
  while (!signal.aborted) {
    using answer = await job.infer(() => ({ tile }), signal);
    expect(answer.result).toHaveLength(tile.length);
  }
}

it('workers fill the batches of fast and slow models at once, with about two batches at Triton', async () => {
  using triton = createTritonClient(server.grpcAddress);
  const stop = new AbortController();
  const workers = Array.from({ length: WORKERS }, () =>
    openInference(server.grpcAddress, createMetrics()),
  );
  const jobs = workers.flatMap((worker) =>
    Object.keys(SPEEDS).map(async (name) => keepBusy(worker, name, stop.signal)),
  );
  const executed = async (slowBatches: number): Promise<ModelStatistics[]> => {
    for (;;) {
      const statistics = await triton.statistics({ deadlineMs: 5_000 });
      const slow = statistics.find(({ name }) => name === 'slow')!;
      if (slow.executionCount >= slowBatches) return statistics;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const before = await executed(20);
  const fromMs = performance.now();
  const after = await executed(32);
  const tookMs = performance.now() - fromMs;
  stop.abort();
  await Promise.allSettled(jobs);
  for (const worker of workers) worker.close();
  for (const end of after) {
    const begin = before.find(({ name }) => name === end.name)!;
    const tiles = end.inferenceCount - begin.inferenceCount;
    expect(tiles / (end.executionCount - begin.executionCount)).toBeGreaterThan(7.5);
    const tilesAtTriton = (end.requestNs - begin.requestNs) / 1e6 / tookMs;
    expect(tilesAtTriton).toBeGreaterThan(13);
    expect(tilesAtTriton).toBeLessThan(24);
  }
});
