import { type Figure, median } from '../figure.ts';
import { comic, measureFleets } from '../fleet-efficiency.ts';
import type { SectionOptions } from '../rig.ts';
import { makeGpuRepository } from './repository.ts';
import { watchUtilisation } from './utilisation.ts';

/**
 * Fleet efficiency with a network on a real GPU, by Triton's Python backend and PyTorch. Without these the same runs on the
 * CPU, with a filter in its place: its figures say nothing of a GPU.
 */
export async function measureGpuEfficiency(options: SectionOptions): Promise<Figure[]> {
  using watch = watchUtilisation();
  const cases = options.isQuick ? [comic(2)] : [comic(2), comic(5)];
  const figures = await measureFleets({ repository: makeGpuRepository, cases }, options);
  const hasGpu = watch.shares.length > 0;
  const device = hasGpu ? 'GPU' : 'CPU, no GPU found';
  const named = figures.map(({ what, unit, values, floor, goal }): Figure => {
    const figure = { what: `${device}: ${what}`, unit, values, floor };
    return hasGpu && goal ? Object.assign(figure, { goal }) : figure;
  });
  if (!hasGpu) return named;
  const busy = watch.shares.filter((share) => share > 0);
  const utilisation: Figure = {
    what: 'GPU: utilisation while it has work',
    unit: '',
    values: [median(busy.length > 0 ? busy : [0])],
    floor: '1: a kernel runs at any time',
  };
  return [...named, utilisation];
}
