import { openComparison } from './baselines/comparison.ts';
import { measuredOf } from './baselines/figures.ts';
import { measureBatching } from './batching.ts';
import { type Figure, figuresOf, type Measured } from './figure.ts';
import { measureFleetEfficiency } from './fleet-efficiency.ts';
import { measureFloodLatency, measureIdleLatency } from './latency.ts';
import { measureGpuEfficiency } from './gpu/gpu-efficiency.ts';
import type { SectionOptions } from './rig.ts';
import { measureScale } from './scale.ts';
import { measureStartUp } from './start-up.ts';
import { measureWorkerCpu } from './worker-cpu.ts';

/** A part of the harness. */
export interface Section {
  readonly title: string;
  readonly measure: (options: SectionOptions) => Promise<Figure[]>;
}

/** By name, in the order in which they run. */
export const SECTIONS: Readonly<Record<string, Section>> = {
  batching: { title: 'Fixed tiles are batched, encoded images are not', measure: batching },
  fleet: { title: 'Fleet efficiency', measure: measureFleetEfficiency },
  idle: { title: 'Latency of an idle fleet', measure: measureIdleLatency },
  flood: { title: 'Latency of small jobs under a flood', measure: measureFloodLatency },
  cpu: { title: 'Worker CPU per job', measure: measureWorkerCpu },
  baseline: { title: 'Against what one writes in a day', measure: baseline },
  start: { title: 'Start and size', measure: measureStartUp },
  scale: { title: 'More workers', measure: measureScale },
  gpu: { title: 'Fleet efficiency with a real GPU', measure: measureGpuEfficiency },
};

async function batching({ isQuick }: SectionOptions): Promise<Figure[]> {
  const results = await measureBatching(isQuick ? 3 : 10);
  const rows = results.flatMap(
    ({ what, inFlight, meanBatch, requestsPerS, ...result }): Measured[] => {
      const name = `${what}, ${inFlight} in flight`;
      return [
        {
          what: `${name}: mean batch`,
          unit: 'of 8',
          value: meanBatch,
          floor: '8: full',
          ...(result.model === 'tiles' && { goal: { atLeast: 7.2 } }),
        },
        {
          what: `${name}: requests/s`,
          unit: 'of 80',
          value: requestsPerS,
          floor: '80: full batches without a pause',
        },
      ];
    },
  );
  return figuresOf([rows]);
}

async function baseline({ isQuick, say, signal }: SectionOptions): Promise<Figure[]> {
  await using comparison = await openComparison({ jobs: isQuick ? 20 : 60, say, signal });
  const rounds: Measured[][] = [];
  while (rounds.length < (isQuick ? 1 : 3)) {
    rounds.push(measuredOf(await comparison.round()));
    say(`baseline: round ${rounds.length} is done`);
  }
  return figuresOf(rounds);
}
