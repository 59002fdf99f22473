import type { Measured } from '../figure.ts';
import type { Figures } from './comparison.ts';
import type { Sample } from './measure.ts';

/** What a round of the comparison says, scenario by scenario: ratios, ours ÷ baseline, and what they are made of. */
export function measuredOf(round: readonly Figures[]): Measured[] {
  return round.flatMap(({ workers, ours, baseline }) => {
    const name = workers === 1 ? '1 worker' : `${workers} workers`;
    const ratio = (what: string, of: (sample: Sample) => number): Omit<Measured, 'floor'> => ({
      what: `${name}: ${what}, ours ÷ baseline`,
      unit: '',
      value: of(ours) / of(baseline),
    });
    return [
      {
        ...ratio('jobs/s', ({ jobsPerS }) => jobsPerS),
        floor: 'at most 2.4 for pictures of one tile: 8 ÷ (20 + 8 · 10) : 1 ÷ (20 + 10)',
        goal: { atLeast: 3 },
      },
      {
        ...ratio('worker CPU per job', ({ workerCpuSPerJob }) => workerCpuSPerJob),
        floor: 'its worker only moves files: its server decodes and encodes them',
        goal: { atMost: 0.5 },
      },
      {
        ...ratio('CPU per job, worker and server', totalCpuS),
        floor: 'the same work on both sides',
      },
      ...side(`${name}, ours`, ours),
      ...side(`${name}, baseline`, baseline),
    ];
  });
}

function totalCpuS({ workerCpuSPerJob, serverCpuSPerJob }: Sample): number {
  return workerCpuSPerJob + serverCpuSPerJob;
}

function side(name: string, sample: Sample): Measured[] {
  const of = (what: string, unit: string, value: number): Measured => {
    return { what: `${name}: ${what}`, unit, value, floor: 'context' };
  };
  return [
    of('jobs/s', 'jobs/s', sample.jobsPerS),
    of('mean batch', 'of 8', sample.meanBatch),
    of('worker CPU per job', 'ms', sample.workerCpuSPerJob * 1000),
    of('server CPU per job', 'ms', sample.serverCpuSPerJob * 1000),
  ];
}
