import { JobError } from '../errors.ts';
import type { Size } from './raster.ts';

/** The facts of a tile model that decide where tiles lie, as its `config.pbtxt` states them. */
export interface TileFacts {
  /** Side of a tile in pixels, T. */
  readonly tilePx: number;
  /** Border of a tile that only gives context, in pixels. */
  readonly haloPx: number;
  /** Tile origins are multiples of this many pixels. */
  readonly originAlignPx: number;
  /** Result side ÷ tile side. */
  readonly scale: number;
}

/**
 * Where one tile lies: its origin in the mirrored picture, and the part of the picture that its result decides,
 * `[leftPx, rightPx) × [topPx, bottomPx)`. All in source pixels. The kept parts of a plan are disjoint and cover the picture.
 */
export interface TilePlacement {
  readonly xPx: number;
  readonly yPx: number;
  readonly leftPx: number;
  readonly topPx: number;
  readonly rightPx: number;
  readonly bottomPx: number;
}

/** All tiles of one picture, row by row. */
export interface TilePlan {
  readonly tiles: readonly TilePlacement[];
  /** Size of the stitched result: `scale` times the picture. */
  readonly widthPx: number;
  readonly heightPx: number;
}

interface Span {
  readonly originPx: number;
  readonly fromPx: number;
  readonly toPx: number;
}

/**
 * Covers a picture with tiles of one fixed size. Neighbours overlap by two halos and each keeps its own side of the
 * middle; a tile at the picture's border keeps everything up to it, because the network pads there by itself. The last
 * row and column are shifted inwards to end at the border. A picture that is smaller than a tile, or whose side is no
 * multiple of `originAlignPx`, counts as continued by its mirror image (`cutTile`).
 * @throws JobError MODEL_CONTRACT where the halos leave nothing of a tile
 */
export function planTiles(picture: Size, facts: TileFacts): TilePlan {
  const columns = spans(picture.widthPx, facts);
  const tiles = spans(picture.heightPx, facts).flatMap((row) =>
    columns.map((column) => ({
      xPx: column.originPx,
      yPx: row.originPx,
      leftPx: column.fromPx,
      topPx: row.fromPx,
      rightPx: column.toPx,
      bottomPx: row.toPx,
    })),
  );
  const { scale } = facts;
  return { tiles, widthPx: picture.widthPx * scale, heightPx: picture.heightPx * scale };
}

/** The tiles along one axis of `lengthPx` pixels. */
function spans(lengthPx: number, { tilePx, haloPx, originAlignPx }: TileFacts): Span[] {
  const stridePx = roundDown(tilePx - 2 * haloPx, originAlignPx);
  if (stridePx <= 0 || tilePx % originAlignPx !== 0) {
    throw new JobError(
      'MODEL_CONTRACT',
      `tiles of ${tilePx} px with a halo of ${haloPx} px cannot start every ${originAlignPx} px; ` +
        "mend tile_px, halo_px or origin_align_px in the model's config.pbtxt",
    );
  }
  const mirroredPx = Math.max(tilePx, roundDown(lengthPx + originAlignPx - 1, originAlignPx));
  const lastPx = mirroredPx - tilePx;
  const origins = Array.from({ length: Math.ceil(lastPx / stridePx) }, (_, i) => i * stridePx);
  origins.push(lastPx);
  return origins.map((originPx, i) => {
    const nextPx = origins[i + 1];
    return {
      originPx,
      fromPx: i === 0 ? 0 : originPx + haloPx,
      toPx: nextPx === undefined ? lengthPx : nextPx + haloPx,
    };
  });
}

function roundDown(valuePx: number, multiplePx: number): number {
  return Math.floor(valuePx / multiplePx) * multiplePx;
}
