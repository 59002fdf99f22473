import fc from 'fast-check';
import { applyModel } from '../../src/apply-model.ts';
import type { Picture } from '../../src/image/picture.ts';
import type { Raster } from '../../src/image/raster.ts';
import type { TileFacts } from '../../src/image/tile-plan.ts';
import type { ModelSpec, PreparedOperation } from '../../src/operations/operation.ts';
import type { Inference, Model, TileAnswer, TileRequest } from '../../src/ports.ts';
import { paint, pixelAt } from './pictures.ts';

/** What a network does to one tile: `[T, T, 3]` to `[sT, sT, 3]`. */
export type TileModel = (tile: Raster) => Raster;

/** Answers with the tile itself. */
export const identity: TileModel = (tile) => tile;

/** Repeats every pixel `scale` times in both directions. */
export function nearest(scale: number): TileModel {
  return (tile) =>
    paint({ widthPx: tile.widthPx * scale, heightPx: tile.heightPx * scale }, (x, y) =>
      pixelAt(tile, Math.floor(x / scale), Math.floor(y / scale)),
    );
}

/** The mean of (2·radius + 1)² pixels, black beyond the border: exact integers, so any pixel missed shows. */
export function boxBlur(radius: number): TileModel {
  const side = 2 * radius + 1;
  return (tile) => {
    const rows = slidingSums(tile.data, { count: tile.widthPx, step: 3, radius });
    const sums = slidingSums(rows, { count: tile.heightPx, step: tile.widthPx * 3, radius });
    return { ...tile, data: Uint8Array.from(sums, (sum) => sum / side ** 2) };
  };
}

/** Sums over 2·radius + 1 neighbours along the axis that has `count` places, `step` values apart. */
function slidingSums(
  data: ArrayLike<number>,
  { count, step, radius }: { count: number; step: number; radius: number },
): number[] {
  return Array.from(data, (_, i) => {
    const place = Math.floor(i / step) % count;
    let sum = 0;
    for (let d = -Math.min(radius, place); d <= Math.min(radius, count - 1 - place); d++) {
      sum += data[i + d * step]!;
    }
    return sum;
  });
}

/** The size of the picture that tiles are cut from: a whole number of alignments, and at least a tile. */
export function mirroredSidePx(lengthPx: number, { tilePx, originAlignPx }: TileFacts): number {
  return Math.max(tilePx, Math.ceil(lengthPx / originAlignPx) * originAlignPx);
}

/** What the model makes of the whole picture at once, continued by its mirror image as tiles are, then cropped. */
export function untiled({ rgb }: Picture, facts: TileFacts, model: TileModel): Raster {
  const columns = backAndForth(rgb.widthPx, mirroredSidePx(rgb.widthPx, facts));
  const rows = backAndForth(rgb.heightPx, mirroredSidePx(rgb.heightPx, facts));
  const mirrored = paint({ widthPx: columns.length, heightPx: rows.length }, (x, y) =>
    pixelAt(rgb, columns[x]!, rows[y]!),
  );
  const result = model(mirrored);
  const { scale } = facts;
  return paint({ widthPx: rgb.widthPx * scale, heightPx: rgb.heightPx * scale }, (x, y) =>
    pixelAt(result, x, y),
  );
}

/** `length` steps of a walk over 0, 1 … n−1, n−2 … 1, 0, 1 …: the pixels of a mirrored line. */
function backAndForth(n: number, length: number): number[] {
  const forth = Array.from({ length: n }, (_, i) => i);
  const cycle = [...forth, ...forth.slice(1, -1).toReversed()];
  return Array.from({ length }, (_, i) => cycle[i % cycle.length]!);
}

/** Facts of small tiles, 12 to 24 px, with any halo and alignment that leave at least a third of a tile. */
export function smallFacts(scale = 1): fc.Arbitrary<TileFacts> {
  return fc.record({
    tilePx: fc.constantFrom(12, 16, 20, 24),
    haloPx: fc.integer({ min: 0, max: 4 }),
    originAlignPx: fc.constantFrom(1, 2, 4),
    scale: fc.constant(scale),
  });
}

/** An operation with 2 PARAMS on a tile model; `spec` and `modelParams` differ where a test says so. */
export function anOperation(
  spec: Partial<ModelSpec> = {},
  modelParams: PreparedOperation['modelParams'] = async () => new Float32Array([0.25, 4]),
): PreparedOperation {
  return {
    params: {},
    model: {
      modelName: 'made_up',
      tiling: 'tiles',
      scale: 1,
      paramsLength: 2,
      coords: true,
      resultChannels: 3,
      ...spec,
    },
    modelParams,
    finish: async (rgb) => ({ rgb }),
    notes: [],
  };
}

/** What answers one tile in a test. */
export type Infer = (
  model: Model,
  request: TileRequest,
  signal: AbortSignal,
) => Promise<Pick<TileAnswer, 'result' | 'modelVersion'>>;

/** The inference port with a model that runs in the test. An answer that was disposed of has no bytes. */
export function inferenceOf(facts: TileFacts, infer: Infer): Inference {
  return {
    model: async () => ({ modelName: 'made_up', ...facts, maxBatchSize: 8 }),
    tilesOf: (model) => ({
      async infer(cut, signal) {
        const answer = await infer(model, cut(), signal);
        const result = answer.result.slice();
        const dispose = (): void => void result.buffer.transfer(0);
        return { ...answer, result, [Symbol.dispose]: dispose };
      },
    }),
  };
}

/** Answers requests with what the model makes of their tile, and keeps them. */
export function answering(
  { tilePx }: TileFacts,
  model: TileModel,
): { infer: Infer; requests: TileRequest[] } {
  const requests: TileRequest[] = [];
  return {
    requests,
    async infer(_, request) {
      requests.push({ ...request, tile: request.tile.slice() });
      const tile = { data: request.tile, widthPx: tilePx, heightPx: tilePx, channels: 3 } as const;
      return { result: model(tile).data, modelVersion: '7' };
    },
  };
}

/** The result of the worker's own way: cut, infer, stitch. */
export async function tiled(picture: Picture, facts: TileFacts, model: TileModel): Promise<Raster> {
  const { infer } = answering(facts, model);
  const { signal } = new AbortController();
  const output = await applyModel(picture, anOperation(), inferenceOf(facts, infer), signal);
  return output.raster;
}
