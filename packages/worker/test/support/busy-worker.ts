import { openInference } from '../../src/inference.ts';
import type { ModelSpec } from '../../src/operations/operation.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { SIMULATED_TILE_PX } from './simulated-model.ts';

/** More than a worker may have in flight. */
const TILES_AT_ONCE = 70;
const SPEC: Omit<ModelSpec, 'modelName'> = {
  tiling: 'tiles',
  scale: 1,
  paramsLength: 0,
  coords: false,
  resultChannels: 3,
};

/** The inference port of a worker, and for each of its models a job that never ends. */
export interface BusyWorker {
  /** Tiles that it may have in flight to its first model; undefined until that has been judged. */
  limit(): Promise<number | undefined>;
  /** @throws what a tile failed with */
  stop(): Promise<void>;
}

/** Starts one, for simulated models of small tiles; `onAnswer` hears of every tile. */
export function startBusyWorker(
  address: string,
  modelNames: readonly string[],
  onAnswer: (modelName: string) => void = () => undefined,
): BusyWorker {
  const metrics = createMetrics();
  const inference = openInference(address, metrics);
  const stopping = new AbortController();
  const { signal } = stopping;
  const tile = new Uint8Array(SIMULATED_TILE_PX ** 2 * 3);
  const work = async (modelName: string): Promise<void> => {
    const job = inference.tilesOf(await inference.model({ modelName, ...SPEC }, signal), Infinity);
    const send = async (): Promise<void> => {
      while (!signal.aborted) {
        using answer = await job.infer(() => ({ tile }), signal);
        if (answer.result.length === tile.length) onAnswer(modelName);
      }
    };
    await Promise.all(Array.from({ length: TILES_AT_ONCE }, send));
  };
  const ended = Promise.all(modelNames.map(work)).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    limit: async () => (await metrics.tilesInFlightLimit.get()).values[0]?.value,
    async stop() {
      stopping.abort();
      await ended;
      inference.close();
    },
  };
}
