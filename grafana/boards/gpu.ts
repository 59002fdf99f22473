import type { BoardPlan } from '../board.ts';
import { chart } from '../panels.ts';
import { rate, ratio } from '../promql.ts';

const energy = rate('nv_energy_consumption');

/** Is the GPU worth its price? */
export const gpu: BoardPlan = {
  uid: 'imagen-gpu',
  title: 'imagen: GPU',
  says: 'Is the GPU worth its price? Triton exports these where it has an NVIDIA GPU.',
  variables: [],
  rows: {
    GPU: [
      chart({
        title: 'Utilisation',
        says: 'Share of the time in which something ran. Low while jobs wait: batches too small or too few tiles in flight. 1: it is what there is too little of.',
        unit: 'percentunit',
        max: 1,
        queries: { '{{gpu_uuid}}': 'nv_gpu_utilization' },
      }),
      chart({
        title: 'Memory',
        says: 'Used ÷ total. Near 1: the next model or a larger batch does not load.',
        unit: 'percentunit',
        max: 1,
        queries: { '{{gpu_uuid}}': ratio('nv_gpu_memory_used_bytes', 'nv_gpu_memory_total_bytes') },
      }),
      chart({
        title: 'Power, and its limit',
        says: 'At the limit for long: the GPU slows down by itself.',
        unit: 'watt',
        queries: {
          'power {{gpu_uuid}}': 'nv_gpu_power_usage',
          'limit {{gpu_uuid}}': 'nv_gpu_power_limit',
        },
      }),
    ],
    Energy: [
      chart({
        title: 'Energy per image',
        says: 'Of the GPU alone. Should fall as batches fill; an idle GPU between jobs is in it.',
        unit: 'joule',
        columns: 12,
        queries: {
          'per image': ratio(energy, rate('imagen_jobs_total{outcome="succeeded"}')),
        },
      }),
      chart({
        title: 'Energy per tile',
        says: 'Pictures differ in size, tiles do not: the one to compare models and GPUs by.',
        unit: 'joule',
        columns: 12,
        queries: { 'per tile': ratio(energy, rate('nv_inference_count')) },
      }),
    ],
  },
};
