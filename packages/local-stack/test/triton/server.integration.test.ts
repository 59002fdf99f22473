import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTriton, type TritonServer } from '../../src/triton/index.ts';
import { runScript } from './support/child-script.ts';
import { infer, modelCounters, statusOf, type Tensor } from './support/kserve-http.ts';
import { BROKEN_MODELS, copyWithConfig, MODELS } from './support/models.ts';
import { groupExists, sharedMemoryOf } from './support/processes.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

let server: TritonServer;
beforeAll(async () => {
  server = await startTriton({ modelRepositories: [MODELS] });
});
afterAll(async () => server.stop());

it('is ready with all its models when it has started', async () => {
  const paths = ['health', 'models/inverted_onnx', 'models/simulated_gpu', 'models/tensor_views'];
  const statuses = paths.map(async (path) => statusOf(`${server.httpUrl}/v2/${path}/ready`));
  expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
});

it('passes every byte of a tensor, however numpy keeps the array in memory', async () => {
  const matrix = Int32Array.from({ length: 96 }, (_, index) => index * 0x01_03_05 - 1e6);
  const rows = Array.from({ length: 8 }, (_, row) => [...matrix.subarray(row * 12, row * 12 + 12)]);
  const bytes = new Uint8Array(matrix.buffer);
  const input = { name: 'MATRIX', datatype: 'INT32', shape: [8, 12], bytes };
  expect(await infer(server.httpUrl, 'tensor_views', input)).toEqual({
    SAME: int32(rows),
    REVERSED: int32(rows.toReversed()),
    EVEN_ROWS: int32(rows.filter((_, row) => row % 2 === 0)),
    TRANSPOSED: int32(Array.from({ length: 12 }, (_, at) => rows.map((row) => row[at] ?? 0))),
    BIG_ENDIAN: int32(rows),
    FIRST_ROW_REPEATED: int32(rows.map(() => rows[0] ?? [])),
  });
});

it('gives each of many concurrent requests of different sizes its own bytes back', async () => {
  const requests = Array.from({ length: 24 }, async (_, index) => {
    const tiles = (index % 3) + 1;
    const bytes = Uint8Array.from({ length: tiles * 12 }, (__, at) => index * 7 + at * 3);
    const input = { name: 'TILE', datatype: 'UINT8', shape: [tiles, 12], bytes };
    const results = await infer(server.httpUrl, 'inverted_onnx', input);
    expect(results['RESULT']).toEqual(Buffer.from(bytes.map((value) => 255 - value)));
  });
  await Promise.all(requests);
});

it('simulates a GPU whose batches take in several requests', async () => {
  const tile = Uint8Array.from({ length: 48 }, (_, index) => index * 5);
  const inputs: Tensor[] = [
    { name: 'TILE', datatype: 'UINT8', shape: [1, 4, 4, 3], bytes: tile },
    { name: 'PARAMS', datatype: 'FP32', shape: [1, 2], bytes: new Uint8Array(8) },
  ];
  const requests = Array.from({ length: 32 }, async () =>
    infer(server.httpUrl, 'simulated_gpu', ...inputs),
  );
  for (const results of await Promise.all(requests)) {
    expect(results['RESULT']).toEqual(doubledAndInverted(tile));
  }
  const counters = await modelCounters(server.metricsUrl, 'simulated_gpu');
  expect(counters['nv_inference_count']).toBe(32);
  expect(counters['nv_inference_exec_count']).toBeLessThan(16);
});

it('simulates one GPU that models share: one batch runs after the other', async () => {
  const bytes = Uint8Array.from({ length: 48 }, (_, index) => index * 5);
  const tile = { name: 'TILE', datatype: 'UINT8', shape: [1, 4, 4, 3], bytes };
  const startMs = performance.now();
  const models = ['sharing_a', 'sharing_b', 'sharing_a', 'sharing_b'];
  const answers = models.map(async (model) => infer(server.httpUrl, model, tile));
  const red = Buffer.from(bytes.filter((_, index) => index % 3 === 0).map((value) => 255 - value));
  expect((await Promise.all(answers)).map(({ RESULT }) => RESULT)).toEqual(models.map(() => red));
  // Four times 100 ms, and less only if two ran at a time.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(400);
});

it('leaves a server beside it alone, and leaves nothing behind when it is stopped', async () => {
  const other = await startTriton({ modelRepositories: [MODELS], models: ['tensor_views'] });
  expect(groupExists(other.pid)).toBe(true);
  expect(await sharedMemoryOf(other.pid)).not.toEqual([]);
  await other.stop();
  expect(await other.exited).toEqual({ code: 0, signal: null });
  expect(groupExists(other.pid)).toBe(false);
  expect(await sharedMemoryOf(other.pid)).toEqual([]);
  expect(await sharedMemoryOf(server.pid)).not.toEqual([]);
  expect(groupExists(server.pid)).toBe(true);
});

it('ends with its models when the process that started it is killed', async () => {
  using script = runScript('start-script', [MODELS]);
  const pid = Number(await script.nextLine());
  expect(groupExists(pid)).toBe(true);
  expect(await sharedMemoryOf(pid)).not.toEqual([]);
  script.child.kill('SIGKILL');
  await vi.waitFor(() => expect(groupExists(pid)).toBe(false), { timeout: 30_000 });
  expect(await sharedMemoryOf(pid)).toEqual([]);
});

it('says why a model does not load', async () => {
  const start = startTriton({ modelRepositories: [BROKEN_MODELS] });
  await expect(start).rejects.toThrow(/no_weights[^]*FileNotFoundError: the weights are not here/);
});

it('refuses an ONNX model whose shape is not that of its config.pbtxt', async () => {
  await using repository = await temporaryFolder();
  await copyWithConfig(repository.path, (config) => config.replace('[ 12 ]', '[ 13 ]'));
  const start = startTriton({ modelRepositories: [repository.path] });
  await expect(start).rejects.toThrow(
    "input 'TILE': the model has shape [-1, 12], config.pbtxt (with its batch axis) has [-1, 13]",
  );
});

/** The bytes of a matrix of INT32. */
function int32(rows: readonly (readonly number[])[]): Buffer {
  return Buffer.from(Int32Array.from(rows.flat()).buffer);
}

/** RGB 4 x 4 to 8 x 8, each pixel four times. */
function doubledAndInverted(tile: Uint8Array): Buffer {
  const pixel = (x: number, y: number): number[] => {
    const at = ((y >> 1) * 4 + (x >> 1)) * 3;
    return [...tile.subarray(at, at + 3)].map((value) => 255 - value);
  };
  const side = [...Array(8).keys()];
  return Buffer.from(side.flatMap((y) => side.flatMap((x) => pixel(x, y))));
}
