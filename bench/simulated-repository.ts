import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../triton/model_repository', import.meta.url));

/** The GPU that every model runs on. */
export interface SimulatedGpu {
  /** A batch of n takes `baseMs` + n · `perTileMs` milliseconds. */
  readonly baseMs: number;
  readonly perTileMs: number;
  /** All models share it: it runs one batch at a time. Otherwise each has `instances` of its own. */
  readonly isShared: boolean;
  readonly instances?: number;
  /** Models that are not simulated: as they are shipped, on the CPU. */
  readonly real?: readonly string[];
}

/** Fills an empty folder with a model repository. */
export type MakeRepository = (folder: string) => Promise<void>;

/** Models that have the shipped names, tensors and facts, on a simulated GPU. */
export function simulated(gpu: SimulatedGpu): MakeRepository {
  return async (folder) => makeSimulatedRepository(folder, gpu);
}

async function makeSimulatedRepository(
  folder: string,
  { baseMs, perTileMs, isShared, instances = 1, real = [] }: SimulatedGpu,
): Promise<void> {
  const parameters = {
    base_ms: baseMs,
    per_item_ms: perTileMs,
    ...(isShared && { device: 'gpu' }),
  };
  const lines = Object.entries(parameters).map(
    ([key, value]) => `parameters { key: "${key}" value { string_value: "${value}" } }`,
  );
  for (const name of real) await cp(join(SHIPPED, name), join(folder, name), { recursive: true });
  const names = (await readdir(SHIPPED)).filter((name) => !real.includes(name));
  for (const name of names) {
    const shipped = await readFile(join(SHIPPED, name, 'config.pbtxt'), 'utf8');
    const config = shipped
      .replace(/^backend: .*$/m, 'backend: "simgpu"')
      .replace(/ count: 1 /, ` count: ${instances} `);
    await mkdir(join(folder, name, '1'), { recursive: true });
    await writeFile(join(folder, name, 'config.pbtxt'), [config, ...lines, ''].join('\n'));
  }
}
