import { type BoardPlan, board } from './board.ts';
import { batching } from './boards/batching.ts';
import { cloud } from './boards/cloud.ts';
import { gpu } from './boards/gpu.ts';
import { triton } from './boards/triton.ts';
import { workers } from './boards/workers.ts';
import { working } from './boards/working.ts';

const PLANS: Readonly<Record<string, BoardPlan>> = {
  working,
  batching,
  triton,
  workers,
  cloud,
  gpu,
};

/** Rows come with an id, the same for all: Grafana numbers what has none. */
function withoutIds(key: string, value: unknown): unknown {
  return key === 'id' ? undefined : value;
}

/** The dashboards: path in the repository → text. */
export function dashboardFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PLANS).map(([name, plan]) => [
      `grafana/dashboards/${name}.json`,
      `${JSON.stringify(board(plan), withoutIds, 2)}\n`,
    ]),
  );
}

/**
 * Metrics that cannot be had on every machine, by how their names begin, and why. What is asked of them is parsed by
 * promtool and no more; all else must have data in a real run.
 */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  pubsub_googleapis_com: 'Cloud Monitoring exports it, on Google Cloud',
  storage_googleapis_com: 'Cloud Monitoring exports it, on Google Cloud',
  nv_gpu_: 'Triton exports it where it has an NVIDIA GPU',
  nv_energy_consumption: 'Triton exports it where it has an NVIDIA GPU',
};
