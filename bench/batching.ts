import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTriton } from '@imagen/local-stack/triton';
import {
  createTritonClient,
  type ModelStatistics,
  type Tensor,
  type TritonClient,
} from '../packages/triton-client/src/index.ts';
import { writeSimulatedModel } from '../packages/worker/test/support/simulated-model.ts';

const ENCODED = fileURLToPath(new URL('model_repository', import.meta.url));
const TILE_PX = 256;
const SPEED = { tilePx: TILE_PX, baseMs: 20, perTileMs: 10 };
const CALL = { deadlineMs: 60_000 };
const SETTLE_MS = 1_000;

/** One way to send work to Triton: its requests, n in flight at any time. */
interface BatchingCase {
  readonly what: string;
  readonly model: string;
  readonly inFlight: number;
}

/** What Triton made of it. */
interface BatchingResult extends BatchingCase {
  readonly meanBatch: number;
  readonly requestsPerS: number;
  /** Executions of each batch size. */
  readonly batches: Readonly<Record<number, number>>;
}

const CASES: readonly BatchingCase[] = [
  { what: 'fixed tiles', model: 'tiles', inFlight: 18 },
  { what: 'fixed tiles, queue delay 15 ms', model: 'tiles_delayed', inFlight: 18 },
  { what: 'encoded images, [-1]', model: 'encoded_images', inFlight: 18 },
];

/**
 * The proof that fixed tiles are batched and encoded images are not: the same simulated GPU (20 ms and 10 ms per item,
 * batches of 8 at most), the same number of requests in flight, one server.
 * @param seconds how long each way is measured
 */
export async function measureBatching(seconds: number): Promise<BatchingResult[]> {
  await using open = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'imagen-batching-'));
  open.defer(async () => rm(folder, { recursive: true }));
  await writeSimulatedModel(folder, { name: 'tiles', ...SPEED });
  await writeSimulatedModel(folder, { name: 'tiles_delayed', ...SPEED, queueDelayUs: 15_000 });
  const server = open.use(await startTriton({ modelRepositories: [folder, ENCODED] }));
  const triton = open.use(createTritonClient(server.grpcAddress));
  const results: BatchingResult[] = [];
  for (const each of CASES) results.push(await measure(triton, each, seconds));
  return results;
}

async function measure(
  triton: TritonClient,
  batchingCase: BatchingCase,
  seconds: number,
): Promise<BatchingResult> {
  const { model, inFlight } = batchingCase;
  const stopping = new AbortController();
  const lanes = Array.from({ length: inFlight }, async (_, lane) => {
    for (let n = lane; !stopping.signal.aborted; n += inFlight) {
      await triton.infer({ modelName: model, inputs: [inputOf(model, n)] }, CALL);
    }
  });
  await delay(SETTLE_MS);
  const [before, fromMs] = [await counted(triton, model), performance.now()];
  await delay(seconds * 1000);
  const after = await counted(triton, model);
  const tookS = (performance.now() - fromMs) / 1000;
  stopping.abort();
  await Promise.all(lanes);
  const requests = after.inferenceCount - before.inferenceCount;
  return {
    ...batchingCase,
    meanBatch: requests / (after.executionCount - before.executionCount),
    requestsPerS: requests / tookS,
    batches: histogram(before, after),
  };
}

/** The n-th request's input: a grey tile, or as many bytes as an encoded image may have, each time others. */
function inputOf(model: string, n: number): Tensor {
  if (model === 'encoded_images') {
    const bytes = 20_000 + ((n * 7919) % 60_000);
    return { name: 'IMAGE', datatype: 'UINT8', shape: [1, bytes], data: new Uint8Array(bytes) };
  }
  const data = new Uint8Array(TILE_PX ** 2 * 3);
  return { name: 'TILE', datatype: 'UINT8', shape: [1, TILE_PX, TILE_PX, 3], data };
}

async function counted(triton: TritonClient, model: string): Promise<ModelStatistics> {
  const statistics = await triton.statistics(CALL);
  return statistics.find(({ name }) => name === model)!;
}

function histogram(before: ModelStatistics, after: ModelStatistics): Record<number, number> {
  const was = new Map(before.batches.map(({ size, count }) => [size, count]));
  const counts = after.batches.map(({ size, count }) => [size, count - (was.get(size) ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count! > 0)) as Record<number, number>;
}
