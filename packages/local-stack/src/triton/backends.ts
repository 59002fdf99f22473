import { createHash } from 'node:crypto';
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = fileURLToPath(new URL('../../triton/backends', import.meta.url));
const STUB = 'python/triton_python_backend_stub';

/**
 * Lays out tritonserver's backend directory below `folder`: the wheel's Python backend with our modules beside it, which
 * every model can import, and our own backends. Its name is a hash of our files: an edit makes a new folder, and one in
 * use is never written to.
 */
export async function layOutBackends(
  folder: string,
  triton: string,
  pythonVersion: string,
): Promise<string> {
  const ours = await ourFiles();
  const hash = createHash('sha256');
  for (const file of ours) hash.update(file).update(await readFile(join(OURS, file)));
  const backends = join(folder, `backends-${hash.digest('hex').slice(0, 12)}`);
  if (await exists(backends)) return backends;
  const unfinished = await mkdtemp(join(folder, 'unfinished-'));
  const stubs = join(triton, 'python_backend_stubs', pythonVersion);
  await cp(join(triton, 'backends', 'python'), join(unfinished, 'python'), { recursive: true });
  await cp(join(stubs, 'triton_python_backend_stub'), join(unfinished, STUB));
  await chmod(join(unfinished, STUB), 0o755);
  for (const file of ours) await cp(join(OURS, file), join(unfinished, file));
  await chmod(unfinished, 0o755);
  await publish(unfinished, backends);
  return backends;
}

async function ourFiles(): Promise<string[]> {
  const files = await readdir(OURS, { recursive: true });
  return files.filter((file) => file.endsWith('.py')).toSorted();
}

/** Gives a finished folder its name; when another process was faster, its equal folder stays. */
async function publish(unfinished: string, name: string): Promise<void> {
  try {
    await rename(unfinished, name);
  } catch (error) {
    if (!(await exists(name))) throw error;
    await rm(unfinished, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
