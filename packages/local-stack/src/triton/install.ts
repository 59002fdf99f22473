import { createHash } from 'node:crypto';
import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { layOutBackends } from './backends.ts';
import { defaultCacheDir, lockFile } from './cache-folder.ts';
import { hostFacts, hostProblem, pathProblem } from './host.ts';
import { TritonInstallError } from './install-error.ts';
import { makeEnvironment } from './python-environment.ts';
import { findPython, type PythonFacts } from './python.ts';

/** Where and with what Triton is installed. */
export interface InstallTritonOptions {
  /** Default: `$IMAGEN_CACHE_DIR`, else `$XDG_CACHE_HOME/imagen`, else `~/.cache/imagen`. */
  readonly cacheDir?: string;
  /** A Python 3.10 to 3.13, as a path or a command on PATH. Default: one that is installed already, else the first usable one. */
  readonly python?: string;
  /** Gets one line of text per step that takes time; nothing when all is there. */
  readonly onProgress?: (line: string) => void;
  /** Ends what was begun, and rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A tritonserver with its Python backends, ready to be started. All paths are absolute. */
export interface TritonInstallation {
  /** The interpreter of its virtual environment, which has numpy and onnxruntime. */
  readonly python: string;
  readonly executable: string;
  /** For `--backend-directory`. */
  readonly backendDir: string;
  /** Folders that must come first in these variables of tritonserver's environment. */
  readonly paths: { readonly PATH: string; readonly LD_LIBRARY_PATH: string };
}

const LOCK_FILE = fileURLToPath(new URL('../../triton/requirements.lock', import.meta.url));
/** Written last: a folder without it is half made. Holds the PythonFacts it was made with. */
const MARKER = 'installed.json';

/**
 * Makes sure that Triton is installed in the cache folder, which happens once (89 MB to download, 280 MB on disk) and is safe to
 * be asked for by several processes at a time and to be killed in. Throws a TritonInstallError that says what to do.
 */
export async function installTriton(
  options: InstallTritonOptions = {},
): Promise<TritonInstallation> {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const unsuitable = pathProblem(cacheDir, 'set IMAGEN_CACHE_DIR to another folder');
  if (unsuitable) throw unsuitable;
  const requirements = createHash('sha256').update(await readFile(LOCK_FILE));
  const prefix = `triton-${process.arch}-${requirements.digest('hex').slice(0, 12)}`;
  const found = options.python === undefined ? await findInstalled(cacheDir, prefix) : undefined;
  const { folder, python } = found ?? (await install(cacheDir, prefix, options));
  const { site, triton } = wheelPaths(folder, python);
  return {
    python: join(folder, 'venv', 'bin', 'python3'),
    executable: join(triton, 'bin', 'tritonserver'),
    backendDir: await layOutBackends(folder, triton, python.version),
    paths: {
      PATH: join(folder, 'venv', 'bin'),
      LD_LIBRARY_PATH: `${join(folder, 'lib')}:${join(site, 'nvidia_pytriton.libs')}`,
    },
  };
}

interface Installed {
  readonly folder: string;
  readonly python: PythonFacts;
}

async function findInstalled(cacheDir: string, prefix: string): Promise<Installed | undefined> {
  const names = await readdir(cacheDir).catch((): string[] => []);
  for (const name of names.filter((entry) => entry.startsWith(prefix)).toSorted()) {
    const python = await readMarker(join(cacheDir, name));
    if (python) return { folder: join(cacheDir, name), python };
  }
  return undefined;
}

/** The Python of a finished folder; undefined when it is half made or its Python has gone. */
async function readMarker(folder: string): Promise<PythonFacts | undefined> {
  try {
    const python = JSON.parse(await readFile(join(folder, MARKER), 'utf8')) as PythonFacts;
    await Promise.all([stat(python.executable), stat(python.libpython ?? '')]);
    return python;
  } catch {
    return undefined;
  }
}

async function install(
  cacheDir: string,
  prefix: string,
  { python: wanted, onProgress = () => undefined, signal }: InstallTritonOptions,
): Promise<Installed> {
  const problem = hostProblem(hostFacts());
  if (problem) throw problem;
  const python = await findPython(wanted);
  const key = createHash('sha256').update(`${python.executable}\0${python.libpython}`);
  const name = `${prefix}-python${python.version}-${key.digest('hex').slice(0, 8)}`;
  const folder = join(cacheDir, name);
  if (await readMarker(folder)) return { folder, python };
  await makeFolder(cacheDir);
  await using lock = await lockFile(join(cacheDir, `.${name}.lock`), python.executable, {
    onWait: () => onProgress('another process is installing Triton: waiting for it'),
    signal,
  });
  if (await readMarker(folder)) return { folder, python };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  onProgress(`installing Triton with Python ${python.version}, once (89 MB) into ${folder}`);
  const venv = join(folder, 'venv');
  await makeEnvironment(python, { venv, requirements: LOCK_FILE, lock, signal });
  await linkLibpython(folder, python);
  await writeFile(join(folder, MARKER), JSON.stringify(python));
  return { folder, python };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    const message = `cannot write to the cache folder ${path} (${String(cause)}): set IMAGEN_CACHE_DIR to a folder that you may write to`;
    throw new TritonInstallError('UNSUITABLE_PATH', message, { cause });
  }
}

function wheelPaths(folder: string, { version }: PythonFacts): { site: string; triton: string } {
  const site = join(folder, 'venv', 'lib', `python${version}`, 'site-packages');
  return { site, triton: join(site, 'pytriton', 'tritonserver') };
}

/**
 * The stub must get the libpython of the same build as the standard library that it reads. The stub for 3.13 asks for one that the
 * wheel bundles and that only fits some builds: ours goes under that name, in a folder that is searched first.
 */
async function linkLibpython(folder: string, python: PythonFacts): Promise<void> {
  const bundled = await readdir(join(wheelPaths(folder, python).site, 'nvidia_pytriton.libs'));
  const name =
    bundled.find(
      (file) => /^libpython3-\w+\.13\.so\.1\.0$/.test(file) && python.version === '3.13',
    ) ?? `libpython${python.version}.so.1.0`;
  await mkdir(join(folder, 'lib'));
  await symlink(python.libpython ?? '', join(folder, 'lib', name));
}
