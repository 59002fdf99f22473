import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { defaultCacheDir, findPython, lockFile, makeEnvironment } from '@imagen/local-stack/triton';

const TOOLS = fileURLToPath(new URL('../triton/tools', import.meta.url));
const REQUIREMENTS = join(TOOLS, 'requirements.lock');

let python: string;
beforeAll(async () => {
  python = await installTools();
}, 600_000);

it('builds the shipped models byte for byte and passes its own tests', async ({ signal }) => {
  const { code, output } = await runTests(signal);
  if (code !== 0) throw new Error(`the tests of triton/tools failed:\n${output}`);
  expect(output).toMatch(/^Ran [1-9]\d* tests in [^]*^OK/m);
}, 300_000);

function runTests(signal: AbortSignal): Promise<{ code: unknown; output: string }> {
  // These settings of a user would put other modules in the way.
  const { PYTHONPATH: _, PYTHONHOME: __, PYTHONSAFEPATH: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    OMP_NUM_THREADS: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
  };
  const args = ['-m', 'unittest', 'discover', '-s', 'tests', '-v'];
  const options = { cwd: TOOLS, env, signal, maxBuffer: 64 << 20 };
  return new Promise((resolve) => {
    execFile(python, args, options, (error, out, errors) => {
      resolve({ code: error ? error.code : 0, output: `${out}${errors}` });
    });
  });
}

/** The interpreter of a virtual environment with requirements.lock, made once in the cache folder, safe to be killed in. */
async function installTools(): Promise<string> {
  const base = await findPython();
  const key = createHash('sha256').update(await readFile(REQUIREMENTS));
  key.update(base.executable);
  const name = `tools-${process.arch}-python${base.version}-${key.digest('hex').slice(0, 12)}`;
  const folder = join(defaultCacheDir(), name);
  const interpreter = join(folder, 'venv', 'bin', 'python3');
  const marker = join(folder, 'installed'); // written last: a folder without it is half made
  await mkdir(defaultCacheDir(), { recursive: true });
  const lockPath = join(defaultCacheDir(), `.${name}.lock`);
  await using lock = await lockFile(lockPath, base.executable, { onWait: () => undefined });
  if (await exists(marker)) return interpreter;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await makeEnvironment(base, { venv: join(folder, 'venv'), requirements: REQUIREMENTS, lock });
  await writeFile(marker, '');
  return interpreter;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
