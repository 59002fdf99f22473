import { isDeepStrictEqual } from 'node:util';
import {
  float32Tensor,
  type Tensor,
  type TritonClient,
} from '../packages/triton-client/src/index.ts';
import { createRaster, type Raster, type Size } from '../packages/worker/src/image/raster.ts';
import type { TileFacts } from '../packages/worker/src/image/tile-plan.ts';
import type { PreparedOperation } from '../packages/worker/src/operations/operation.ts';
import type { TileRequest } from '../packages/worker/src/ports.ts';
import { mirroredSidePx } from '../packages/worker/test/support/tile-models.ts';
import type { UntiledModel } from './untiled-repository.ts';

/** A slow machine may need minutes for what all pictures of a model queue up. */
const DEADLINE = { deadlineMs: 600_000 };

/** A tile that the worker has asked about, and its answer `[sT, sT, 3]`. */
export interface Asked {
  readonly request: TileRequest;
  readonly result: Uint8Array;
}

/** A picture for an untiled model, and what its tiles have got. */
export interface UntiledRequest {
  /** `[H, W, 3]` */
  readonly rgb: Raster;
  readonly operation: PreparedOperation;
  readonly facts: TileFacts;
  /** All its tiles. */
  readonly asked: readonly Asked[];
}

/**
 * What the network makes of the whole picture at once: `[sH, sW, 3]`. A picture smaller than a tile, or whose side is no
 * multiple of the alignment, is continued by its mirror image as tiles are, and the answer is cropped. Where the whole is
 * the only tile, to the byte, it is not asked about a second time.
 */
export async function answerUntiled(
  triton: TritonClient,
  twin: UntiledModel,
  { rgb, operation, facts, asked }: UntiledRequest,
): Promise<Raster> {
  const whole = mirror(rgb, facts);
  const { paramsLength, coords } = operation.model;
  const request: TileRequest = {
    tile: whole.data,
    ...(paramsLength > 0 && { params: await operation.modelParams({ rgb }) }),
    ...(coords && { coords: Float32Array.of(0, 0, rgb.widthPx, rgb.heightPx) }),
  };
  const [only] = asked;
  const isAsked = asked.length === 1 && isDeepStrictEqual(only?.request, request);
  const data = isAsked && only ? only.result : await ask(triton, twin, whole, request);
  return crop({ ...whole, data }, rgb, facts.scale);
}

async function ask(
  triton: TritonClient,
  { modelName, counting }: UntiledModel,
  { widthPx, heightPx }: Size,
  { tile, params, coords }: TileRequest,
): Promise<Uint8Array> {
  const inputs: Tensor[] = [
    { name: 'TILE', datatype: 'UINT8', shape: [1, heightPx, widthPx, 3], data: tile },
  ];
  if (params) inputs.push(float32Tensor('PARAMS', [1, params.length], params));
  if (coords) inputs.push(float32Tensor('COORDS', [1, coords.length], coords));
  for (const { name, countsColumns } of counting) {
    const shape = countsColumns ? [1, 1, 1, widthPx] : [1, 1, heightPx, 1];
    const length = countsColumns ? widthPx : heightPx;
    inputs.push(
      float32Tensor(
        name,
        shape,
        Float32Array.from({ length }, (_, i) => i),
      ),
    );
  }
  const { outputs } = await triton.infer({ modelName, inputs }, DEADLINE);
  return outputs[0]!.data;
}

/** Continues a picture to the right and downwards by its mirror image, without repeating the border pixel. */
function mirror(rgb: Raster, facts: TileFacts): Raster {
  const columns = backAndForth(rgb.widthPx, mirroredSidePx(rgb.widthPx, facts));
  const rows = backAndForth(rgb.heightPx, mirroredSidePx(rgb.heightPx, facts));
  const whole = createRaster({ widthPx: columns.length, heightPx: rows.length }, 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * rgb.widthPx + column) * 3;
      for (let c = 0; c < 3; c++) whole.data[to++] = rgb.data[from + c]!;
    }
  }
  return whole;
}

/** The first `length` steps of a walk over 0, 1 … n−1, n−2 … 1, 0, 1 … */
function backAndForth(n: number, length: number): number[] {
  const forth = Array.from({ length: n }, (_, i) => i);
  const cycle = [...forth, ...forth.slice(1, -1).toReversed()];
  return Array.from({ length }, (_, i) => cycle[i % cycle.length]!);
}

/** The upper left part of an answer that is `scale` times as large as the mirrored picture. */
function crop({ data, widthPx }: Raster, picture: Size, scale: number): Raster {
  const size = { widthPx: picture.widthPx * scale, heightPx: picture.heightPx * scale };
  const result = createRaster(size, 3);
  const rowBytes = size.widthPx * 3;
  for (let row = 0; row < size.heightPx; row++) {
    const from = row * widthPx * scale * 3;
    result.data.set(data.subarray(from, from + rowBytes), row * rowBytes);
  }
  return result;
}
