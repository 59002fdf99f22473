import { bleedColour } from './image/alpha.ts';
import { cutTile } from './image/cut.ts';
import type { Picture } from './image/picture.ts';
import { createRaster, free, type Raster } from './image/raster.ts';
import { resizeStretched } from './image/resize.ts';
import { checkResult, stitchTile } from './image/stitch.ts';
import { planTiles, type TilePlacement } from './image/tile-plan.ts';
import type { PreparedOperation } from './operations/operation.ts';
import type { Inference, Model, TileRequest } from './ports.ts';

/** RESULT for a whole picture, and what it took. */
export interface ModelOutput {
  readonly raster: Raster;
  /** Inference requests made. */
  readonly tiles: number;
  readonly modelVersion: string;
}

/** Tiles of one job that wait for their turn or their answer at a time: enough for one job to fill three batches of 8. */
const LANES = 32;

/** Runs the model of a prepared operation over a picture. Colour under transparency is bled over first. */
export async function applyModel(
  source: Picture,
  operation: PreparedOperation,
  inference: Inference,
  signal: AbortSignal,
): Promise<ModelOutput> {
  const { tiling, resultChannels } = operation.model;
  const model = await inference.model(operation.model, signal);
  const toRequest = await requestsFor(operation, source);
  const { rgb } = await bleedColour(source);
  const context = { model, resultChannels, inference, toRequest, signal };
  try {
    return tiling === 'tiles' ? await applyTiled(rgb, context) : await applyWhole(rgb, context);
  } finally {
    if (rgb !== source.rgb) free(rgb);
  }
}

interface Context extends Pick<PreparedOperation['model'], 'resultChannels'> {
  readonly model: Model;
  readonly inference: Inference;
  readonly toRequest: ToRequest;
  readonly signal: AbortSignal;
}

type ToRequest = (tile: Uint8Array, origin: Pick<TilePlacement, 'xPx' | 'yPx'>) => TileRequest;

/** Requests for tiles of one picture: PARAMS are the same for all of them, COORDS tell each where it lies. */
async function requestsFor(
  { model, modelParams }: PreparedOperation,
  source: Picture,
): Promise<ToRequest> {
  const { widthPx, heightPx } = source.rgb;
  const params = await modelParams(source);
  return (tile, { xPx, yPx }) => ({
    tile,
    ...(model.paramsLength > 0 && { params }),
    ...(model.coords && { coords: Float32Array.of(xPx, yPx, widthPx, heightPx) }),
  });
}

/** Cut, infer, stitch: a tile is cut only when its turn has come. */
async function applyTiled(
  rgb: Raster,
  { model, inference, toRequest, signal }: Context,
): Promise<ModelOutput> {
  const plan = planTiles(rgb, model);
  const raster = createRaster(plan, 3);
  const tiles = inference.tilesOf(model, plan.tiles.length);
  // Used again: when Triton has answered a tile, it has read it.
  const spare: Uint8Array[] = [];
  let modelVersion = '';
  await forEachInLanes(plan.tiles, signal, async (placement, tileSignal) => {
    let tile: Uint8Array = new Uint8Array();
    const cut = (): TileRequest => {
      tile = spare.pop() ?? new Uint8Array(model.tilePx ** 2 * 3);
      cutTile(rgb, placement, model.tilePx, tile);
      return toRequest(tile, placement);
    };
    using answer = await tiles.infer(cut, tileSignal);
    spare.push(tile);
    stitchTile(raster, answer.result, placement, model);
    ({ modelVersion } = answer);
  });
  return { raster, tiles: plan.tiles.length, modelVersion };
}

/** One inference on the picture stretched to a tile. */
async function applyWhole(
  rgb: Raster,
  { model, resultChannels: channels, inference, toRequest, signal }: Context,
): Promise<ModelOutput> {
  const { tilePx } = model;
  const size = { widthPx: tilePx, heightPx: tilePx };
  const tile = await resizeStretched(rgb, size);
  const cut = (): TileRequest => toRequest(tile.data, { xPx: 0, yPx: 0 });
  using answer = await inference.tilesOf(model, 1).infer(cut, signal);
  const { result, modelVersion } = answer;
  checkResult(result, tilePx, channels);
  return { raster: { data: result.slice(), ...size, channels }, tiles: 1, modelVersion };
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
