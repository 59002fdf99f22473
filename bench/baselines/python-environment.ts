import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  defaultCacheDir,
  findPython,
  installTriton,
  lockFile,
  makeEnvironment,
} from '@imagen/local-stack/triton';

const REQUIREMENTS = fileURLToPath(new URL('python_worker/requirements.txt', import.meta.url));
/** Written last: a folder without it is half made. */
const MARKER = 'installed';

/** A virtual environment with what requirements.txt of the Python worker lists. Both paths are absolute. */
export interface PythonEnvironment {
  /** Its interpreter. */
  readonly python: string;
  /** Its `site-packages`. */
  readonly packages: string;
}

/**
 * Makes sure that the environment of the Python worker is in the cache folder, which happens once (60 MB to download). Its Python
 * is the one that Triton has, so that Triton's models can import its packages. Several processes may ask at a time.
 */
export async function installPythonEnvironment(
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<PythonEnvironment> {
  const triton = await installTriton({ onProgress: say, signal });
  const python = await findPython(triton.python);
  const key = createHash('sha256').update(await readFile(REQUIREMENTS));
  const hash = key.update(python.executable).digest('hex').slice(0, 12);
  const name = `baseline-python${python.version}-${hash}`;
  const cacheDir = defaultCacheDir();
  const folder = join(cacheDir, name);
  const environment = {
    python: join(folder, 'venv/bin/python3'),
    packages: join(folder, 'venv/lib', `python${python.version}`, 'site-packages'),
  };
  await using lock = await lockFile(join(cacheDir, `.${name}.lock`), python.executable, {
    onWait: () => say('another process is installing the Python worker: waiting for it'),
    signal,
  });
  if (await exists(join(folder, MARKER))) return environment;
  say(`installing the Python worker's packages, once, into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const venv = join(folder, 'venv');
  await makeEnvironment(python, { venv, requirements: REQUIREMENTS, lock, signal });
  await writeFile(join(folder, MARKER), '');
  return environment;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
