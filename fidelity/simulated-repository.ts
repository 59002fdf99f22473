import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIPPED = fileURLToPath(new URL('../triton/model_repository', import.meta.url));
const MODEL = fileURLToPath(new URL('simulated-model.py', import.meta.url));

/** Fills a folder with models that have the shipped names, tensors and facts, and answer at once. */
export async function makeSimulatedRepository(folder: string): Promise<void> {
  for (const name of await readdir(SHIPPED)) {
    const config = await readFile(join(SHIPPED, name, 'config.pbtxt'), 'utf8');
    await mkdir(join(folder, name, '1'), { recursive: true });
    const simulated = config.replace(/^backend: .*$/m, 'backend: "python"');
    await writeFile(join(folder, name, 'config.pbtxt'), simulated);
    await cp(MODEL, join(folder, name, '1/model.py'));
  }
}
