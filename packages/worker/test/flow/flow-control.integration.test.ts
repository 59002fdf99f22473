import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { createTritonClient } from '@imagen/triton-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBusyWorker } from '../support/busy-worker.ts';
import { writeSimulatedModel } from '../support/simulated-model.ts';

const MODELS = [
  { name: 'fast', baseMs: 10, perTileMs: 3 },
  { name: 'usual', baseMs: 20, perTileMs: 10 },
  { name: 'slow', baseMs: 60, perTileMs: 30 },
];
const NAMES = MODELS.map(({ name }) => name);
const WORKERS = 3;

const folder = await mkdtemp(join(tmpdir(), 'imagen-flow-'));
let server: TritonServer;

beforeAll(async () => {
  for (const model of MODELS) await writeSimulatedModel(folder, model);
  server = await startTriton({ modelRepositories: [folder] });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Counts the answers of the slow model; the returned function waits until there have been so many. */
function countSlow(): {
  answer: (modelName: string) => void;
  reached: (n: number) => Promise<void>;
} {
  let count = 0;
  const marks = new Map<number, () => void>();
  return {
    answer: (name) => name === 'slow' && marks.get((count += 1))?.(),
    reached: async (n) => new Promise((resolve) => marks.set(n, resolve)),
  };
}

it('workers fill the batches of fast and slow models at once, with about two batches at Triton', async () => {
  using triton = createTritonClient(server.grpcAddress);
  const slow = countSlow();
  const [settled, measured] = [slow.reached(160), slow.reached(256)];
  const workers = Array.from({ length: WORKERS }, () =>
    startBusyWorker(server.grpcAddress, NAMES, slow.answer),
  );
  await settled;
  const [before, fromMs] = [await triton.statistics({ deadlineMs: 5_000 }), performance.now()];
  await measured;
  const [after, tookMs] = [
    await triton.statistics({ deadlineMs: 5_000 }),
    performance.now() - fromMs,
  ];
  await Promise.all(workers.map(async (worker) => worker.stop()));
  for (const end of after) {
    const begin = before.find(({ name }) => name === end.name)!;
    const tiles = end.inferenceCount - begin.inferenceCount;
    expect(tiles / (end.executionCount - begin.executionCount)).toBeGreaterThan(7.5);
    const tilesAtTriton = (end.requestNs - begin.requestNs) / 1e6 / tookMs;
    expect(tilesAtTriton).toBeGreaterThan(13);
    expect(tilesAtTriton).toBeLessThan(24);
  }
});
