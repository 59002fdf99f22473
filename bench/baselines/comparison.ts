import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { measureWorkers, type Sample, type Side } from './measure.ts';
import { makeModelRepository } from './model-repository.ts';
import { type JpegPicture, makePictures } from './pictures.ts';
import { installPythonEnvironment } from '../python-environment.ts';
import { startBaseline, startOurs } from './sides.ts';

const OUT_FOLDER = fileURLToPath(new URL('../../out/bench/baselines', import.meta.url));

const PYTHON_PACKAGES = {
  name: 'baseline',
  requirements: new URL('python_worker/requirements.txt', import.meta.url),
};
/** How many workers each side has, scenario by scenario. */
const WORKERS = [1, 2] as const;

/** Both sides with the same number of workers, one after the other. */
export interface Figures {
  readonly workers: number;
  readonly ours: Sample;
  readonly baseline: Sample;
}

/** Both sides, ready to be measured. Disposing of it leaves no process behind. */
export interface Comparison extends AsyncDisposable {
  /** Measures every scenario once: ours, baseline, ours, baseline. */
  round(): Promise<Figures[]>;
}

/** How to compare. */
export interface ComparisonOptions {
  /** Jobs per sample. */
  readonly jobs: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Starts one Triton, and workers of both sides for every scenario, and has each of them do jobs until it is warm. */
export async function openComparison({
  jobs,
  say,
  signal,
}: ComparisonOptions): Promise<Comparison> {
  await rm(OUT_FOLDER, { recursive: true, force: true });
  await mkdir(OUT_FOLDER, { recursive: true });
  await using starting = new AsyncDisposableStack();
  const python = await installPythonEnvironment(PYTHON_PACKAGES, say, signal);
  const repository = join(OUT_FOLDER, 'model_repository');
  await makeModelRepository(repository, python);
  const modelRepositories = [repository];
  const triton = starting.use(await startTriton({ modelRepositories, onProgress: say, signal }));
  const pictures = await makePictures(jobs);
  const scenarios: Scenario[] = [];
  for (const workers of WORKERS) {
    const options = { workers, triton, pictures, logFolder: OUT_FOLDER, owner: starting };
    const [ours, baseline] = [await startOurs(options), await startBaseline(options, python)];
    scenarios.push({ workers, ours, baseline });
  }
  const measure = async (prefix: string): Promise<Figures[]> =>
    measureAll(scenarios, triton, { prefix, pictures, signal });
  say('warming up');
  await measure('warm-up');
  let rounds = 0;
  const running = starting.move();
  return {
    round: async () => measure(`round-${(rounds += 1)}`),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

interface Scenario {
  readonly workers: number;
  readonly ours: Side;
  readonly baseline: Side;
}

async function measureAll(
  scenarios: readonly Scenario[],
  triton: TritonServer,
  jobs: { prefix: string; pictures: readonly JpegPicture[]; signal: AbortSignal },
): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const { workers, ours, baseline } of scenarios) {
    figures.push({
      workers,
      ours: await measureWorkers(ours, triton, jobs),
      baseline: await measureWorkers(baseline, triton, jobs),
    });
  }
  return figures;
}
