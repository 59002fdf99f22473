import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PythonEnvironment } from '../python-environment.ts';

const SHIPPED = fileURLToPath(
  new URL('../../triton/model_repository/enhance/config.pbtxt', import.meta.url),
);
const ENCODED = fileURLToPath(new URL('model_repository/enhance_encoded', import.meta.url));

/**
 * Fills an empty folder with both sides' models on the same simulated GPU: `enhance` with the shipped config, but for its backend,
 * and `enhance_encoded`.
 */
export async function makeModelRepository(
  folder: string,
  environment: PythonEnvironment,
): Promise<void> {
  await makeTiled(join(folder, 'enhance'));
  await makeEncoded(join(folder, 'enhance_encoded'), environment);
}

async function makeTiled(folder: string): Promise<void> {
  const shipped = await readFile(SHIPPED, 'utf8');
  const encoded = await readFile(join(ENCODED, 'config.pbtxt'), 'utf8');
  // Its only parameters: what the GPU takes.
  const gpu = encoded.split('\n').filter((line) => line.startsWith('parameters '));
  const simulated = shipped.replace(/^backend: .*$/m, 'backend: "simgpu"');
  await mkdir(join(folder, '1'), { recursive: true });
  await writeFile(join(folder, 'config.pbtxt'), [simulated, ...gpu, ''].join('\n'));
}

/** Triton's Python has no Pillow. It looks for modules in the folder of the model's version, too. */
async function makeEncoded(folder: string, { packages }: PythonEnvironment): Promise<void> {
  await cp(ENCODED, folder, { recursive: true });
  for (const name of ['PIL', 'pillow.libs']) {
    await symlink(join(packages, name), join(folder, '1', name));
  }
}
