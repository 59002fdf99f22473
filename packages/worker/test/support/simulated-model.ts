import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Side of tiles that cost nothing to send. */
export const SIMULATED_TILE_PX = 16;

/** A tile model on a simulated GPU. */
export interface SimulatedModel {
  readonly name: string;
  /** Side of TILE and of RESULT, in pixels. Default: {@link SIMULATED_TILE_PX}. */
  readonly tilePx?: number;
  /** A batch of n takes `baseMs` + n · `perTileMs` milliseconds. */
  readonly baseMs: number;
  readonly perTileMs: number;
  /** Triton's `max_queue_delay_microseconds`. Default: none. */
  readonly queueDelayUs?: number;
}

/** Writes its folder into a model repository, or writes it anew. */
export async function writeSimulatedModel(
  repository: string,
  { name, tilePx = SIMULATED_TILE_PX, baseMs, perTileMs, queueDelayUs }: SimulatedModel,
): Promise<void> {
  const facts = { tiling: 'tiles', tile_px: tilePx, halo_px: 0, origin_align_px: 1, scale: 1 };
  const parameters = Object.entries({ ...facts, base_ms: baseMs, per_item_ms: perTileMs }).map(
    ([key, value]) => `parameters { key: "${key}" value { string_value: "${value}" } }`,
  );
  const delay = queueDelayUs === undefined ? '' : `max_queue_delay_microseconds: ${queueDelayUs}`;
  const dims = `dims: [${tilePx}, ${tilePx}, 3]`;
  const config = `name: "${name}" backend: "simgpu" max_batch_size: 8
input [ { name: "TILE" data_type: TYPE_UINT8 ${dims} } ]
output [ { name: "RESULT" data_type: TYPE_UINT8 ${dims} } ]
dynamic_batching { ${delay} }
instance_group [ { kind: KIND_AUTO count: 1 } ]
${parameters.join('\n')}
`;
  await mkdir(join(repository, name, '1'), { recursive: true });
  await writeFile(join(repository, name, 'config.pbtxt'), config);
}
