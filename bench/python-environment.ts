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

/** Written last: a folder without it is half made. */
const MARKER = 'installed';

/** What to install. */
export interface PythonPackages {
  /** Begins the folder's name. */
  readonly name: string;
  /** A requirements file with hashes. */
  readonly requirements: URL;
}

/** A virtual environment with the packages of a requirements file. All paths are absolute. */
export interface PythonEnvironment {
  readonly folder: string;
  /** Its interpreter. */
  readonly python: string;
  /** Its `site-packages`. */
  readonly packages: string;
}

/**
 * Makes sure that the environment is in the cache folder, which happens once. Its Python is the one that Triton has, so that
 * Triton's models can import its packages. Several processes may ask at a time.
 */
export async function installPythonEnvironment(
  { name: prefix, requirements: url }: PythonPackages,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<PythonEnvironment> {
  const triton = await installTriton({ onProgress: say, signal });
  const python = await findPython(triton.python);
  const requirements = fileURLToPath(url);
  const key = createHash('sha256').update(await readFile(requirements));
  const hash = key.update(python.executable).digest('hex').slice(0, 12);
  const name = `${prefix}-python${python.version}-${hash}`;
  const cacheDir = defaultCacheDir();
  const folder = join(cacheDir, name);
  const environment = {
    folder,
    python: join(folder, 'venv/bin/python3'),
    packages: join(folder, 'venv/lib', `python${python.version}`, 'site-packages'),
  };
  await using lock = await lockFile(join(cacheDir, `.${name}.lock`), python.executable, {
    onWait: () => say(`another process is installing ${prefix}: waiting for it`),
    signal,
  });
  if (await exists(join(folder, MARKER))) return environment;
  say(`installing the Python packages of ${prefix}, once, into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const venv = join(folder, 'venv');
  await makeEnvironment(python, { venv, requirements, lock, signal });
  await writeFile(join(folder, MARKER), '');
  return environment;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
