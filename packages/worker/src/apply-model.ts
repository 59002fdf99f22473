import { bleedColour } from './image/alpha.ts';
import { cutTile } from './image/cut.ts';
import type { Picture } from './image/picture.ts';
import { createRaster, free, type Raster } from './image/raster.ts';
import { resizeStretched } from './image/resize.ts';
import { checkResult, stitchTile } from './image/stitch.ts';
import { planTiles, type TilePlacement } from './image/tile-plan.ts';
import type { PreparedOperation } from './operations/operation.ts';
import type { Inference, Model } from './ports.ts';

/** RESULT for a whole picture, and what it took. */
export interface ModelOutput {
  readonly raster: Raster;
  /** Inference requests made. */
  readonly tiles: number;
  readonly modelVersion: string;
}

/** Tiles of one job that are cut and waiting for their answers at a time: two full batches of 8. */
const LANES = 16;

/** Runs the model of a prepared operation over a picture. Colour under transparency is bled over first. */
export async function applyModel(
  source: Picture,
  operation: PreparedOperation,
  inference: Inference,
  signal: AbortSignal,
): Promise<ModelOutput> {
  const { tiling, resultChannels } = operation.model;
  const model = await inference.model(operation.model, signal);
  const infer = inferWith(inference, model, operation, source);
  const { rgb } = bleedColour(source);
  try {
    return tiling === 'tiles'
      ? await applyTiled(rgb, model, infer, signal)
      : await applyWhole(rgb, { tilePx: model.tilePx, channels: resultChannels }, infer, signal);
  } finally {
    if (rgb !== source.rgb) free(rgb);
  }
}

type InferTile = (
  tile: Uint8Array,
  origin: Pick<TilePlacement, 'xPx' | 'yPx'>,
  signal: AbortSignal,
) => ReturnType<Inference['infer']>;

/** Infers tiles of one picture: PARAMS are the same for all of them, COORDS tell each where it lies. */
function inferWith(
  inference: Inference,
  model: Model,
  { model: spec, modelParams }: PreparedOperation,
  source: Picture,
): InferTile {
  const { widthPx, heightPx } = source.rgb;
  const params = modelParams(source);
  return (tile, { xPx, yPx }, signal) => {
    const request = {
      tile,
      ...(spec.paramsLength > 0 && { params }),
      ...(spec.coords && { coords: Float32Array.of(xPx, yPx, widthPx, heightPx) }),
    };
    return inference.infer(model, request, signal);
  };
}

/** Cut, infer, stitch: a tile is cut only when a lane is free for it. */
async function applyTiled(
  rgb: Raster,
  model: Model,
  infer: InferTile,
  signal: AbortSignal,
): Promise<ModelOutput> {
  const plan = planTiles(rgb, model);
  const raster = createRaster(plan, 3);
  let modelVersion = '';
  await forEachInLanes(plan.tiles, signal, async (placement, tileSignal) => {
    const tile = cutTile(rgb, placement, model.tilePx);
    const answer = await infer(tile, placement, tileSignal);
    stitchTile(raster, answer.result, placement, model);
    ({ modelVersion } = answer);
  });
  return { raster, tiles: plan.tiles.length, modelVersion };
}

/** One inference on the picture stretched to a tile. */
async function applyWhole(
  rgb: Raster,
  { tilePx, channels }: Pick<Model, 'tilePx'> & Pick<Raster, 'channels'>,
  infer: InferTile,
  signal: AbortSignal,
): Promise<ModelOutput> {
  const tile = await resizeStretched(rgb, { widthPx: tilePx, heightPx: tilePx });
  const { result, modelVersion } = await infer(tile.data, { xPx: 0, yPx: 0 }, signal);
  checkResult(result, tilePx, channels);
  return {
    raster: { data: result, widthPx: tilePx, heightPx: tilePx, channels },
    tiles: 1,
    modelVersion,
  };
}

/** Works on all items, LANES at a time. The first failure aborts the others; rejects when all of them have ended. */
async function forEachInLanes<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      either.throwIfAborted();
      await work(item, either);
    }
  };
  const lanes = Array.from({ length: LANES }, async () =>
    lane().catch((error: unknown) => {
      if (!failed.signal.aborted) failed.abort(error);
    }),
  );
  await Promise.all(lanes);
  failed.signal.throwIfAborted();
}
