import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startTriton } from '@imagen/local-stack/triton';
import { createTritonClient } from '../packages/triton-client/src/index.ts';
import { applyModel } from '../packages/worker/src/apply-model.ts';
import type { Size } from '../packages/worker/src/image/raster.ts';
import { readModel } from '../packages/worker/src/model-facts.ts';
import { openInference } from '../packages/worker/src/inference.ts';
import type { PreparedOperation } from '../packages/worker/src/operations/operation.ts';
import type { Inference, JobTiles } from '../packages/worker/src/ports.ts';
import { createMetrics } from '../packages/worker/src/telemetry/metrics.ts';
import { readPbtxt, toModelConfig } from '../packages/worker/test/support/config-pbtxt.ts';
import { difference } from '../packages/worker/test/support/pictures.ts';
import { patchwork, readPhotos } from './patchwork.ts';
import { answerUntiled, type Asked } from './untiled-answer.ts';
import { addUntiledTwin, type UntiledModel } from './untiled-repository.ts';

const SHIPPED = fileURLToPath(new URL('../triton/model_repository', import.meta.url));
/** Nothing ends a comparison early. */
const NEVER = new AbortController().signal;

/** How far a tiled picture is from the one that is not cut. */
export interface Comparison {
  readonly size: Size;
  /** Largest difference of a channel value, in levels of 255. */
  readonly levels: number;
  readonly tiles: number;
}

/** A picture for both ways. */
interface Trial {
  readonly operation: PreparedOperation;
  readonly size: Size;
  /** Decides the picture. */
  readonly seed: number;
  /** Halo that the worker goes by, in pixels. Default: the one of `config.pbtxt`. */
  readonly haloPx?: number;
}

/** A real Triton with tile models and their untiled twins, and the worker's own way to it. */
export interface SeamBench extends AsyncDisposable {
  readonly inference: Inference;
  compare(trial: Trial): Promise<Comparison>;
}

/** Starts one with these models of `triton/model_repository`. */
export async function startSeamBench(modelNames: readonly string[]): Promise<SeamBench> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'imagen-untiled-'));
  starting.defer(async () => rm(folder, { recursive: true }));
  const twins = new Map<string, UntiledModel>();
  for (const name of modelNames) twins.set(name, await addTwin(folder, name));
  const { grpcAddress } = starting.use(
    await startTriton({
      modelRepositories: [SHIPPED, folder],
      models: [...modelNames, ...[...twins.values()].map(({ modelName }) => modelName)],
      onProgress: (line) => process.stderr.write(`${line}\n`),
    }),
  );
  const triton = starting.use(createTritonClient(grpcAddress));
  const inference = openInference(grpcAddress, createMetrics());
  starting.defer(() => inference.close());
  const photos = await readPhotos();
  const running = starting.move();
  return {
    inference,
    async compare({ operation, size, seed, haloPx }) {
      const rgb = patchwork(size, photos, seed);
      const facts = await inference.model(operation.model, NEVER);
      const model = { ...facts, ...(haloPx !== undefined && { haloPx }) };
      const asked: Asked[] = [];
      const port: Inference = {
        model: async () => model,
        tilesOf: (...of) => overheard(inference.tilesOf(...of), asked),
      };
      const tiled = await applyModel({ rgb }, operation, port, NEVER);
      const twin = twins.get(facts.modelName)!;
      const whole = await answerUntiled(triton, twin, { rgb, operation, facts, asked });
      return { size, levels: difference(tiled.raster, whole), tiles: tiled.tiles };
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** Notes what is asked and answered: copies, since both live in memory that is used again. */
function overheard(tiles: JobTiles, asked: Asked[]): JobTiles {
  return {
    async infer(cut, signal) {
      const { tile, ...rest } = cut();
      const request = { ...rest, tile: tile.slice() };
      const answer = await tiles.infer(() => request, signal);
      asked.push({ request, result: answer.result.slice() });
      return answer;
    },
  };
}

async function addTwin(folder: string, name: string): Promise<UntiledModel> {
  const shipped = join(SHIPPED, name);
  const config = readPbtxt(await readFile(join(shipped, 'config.pbtxt'), 'utf8'));
  return addUntiledTwin(folder, shipped, readModel(toModelConfig(config)).tilePx);
}
