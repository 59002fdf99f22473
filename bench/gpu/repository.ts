import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installTriton } from '@imagen/local-stack/triton';

const SHIPPED = new URL('../../triton/model_repository/style_comic/config.pbtxt', import.meta.url);
const MODEL = fileURLToPath(new URL('tile_net/model.py', import.meta.url));
/** Prints where PyTorch is, and fails where there is none. */
const FIND_TORCH = 'import os, torch; print(os.path.dirname(os.path.dirname(torch.__file__)))';

/** Fills an empty folder with `style_comic`: its shipped tensors and facts, around a network that runs on CUDA. */
export async function makeGpuRepository(folder: string): Promise<void> {
  const shipped = await readFile(SHIPPED, 'utf8');
  const config = [shipped.replace(/^backend: .*$/m, 'backend: "python"')];
  const packages = await torchPackages();
  if (packages) config.push(`parameters { key: "packages" value { string_value: "${packages}" } }`);
  const version = join(folder, 'style_comic/1');
  await mkdir(version, { recursive: true });
  await writeFile(join(folder, 'style_comic/config.pbtxt'), config.join('\n'));
  await cp(MODEL, join(version, 'model.py'));
}

/** The site-packages that have PyTorch: of `IMAGEN_TORCH_PYTHON`, or of the Python that Triton's environment was made with. */
async function torchPackages(): Promise<string | undefined> {
  const { python } = await installTriton();
  const own = process.env['IMAGEN_TORCH_PYTHON'] ?? python;
  try {
    return (await promisify(execFile)(own, ['-c', FIND_TORCH])).stdout.trim();
  } catch {
    return undefined;
  }
}
