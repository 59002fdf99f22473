import process from 'node:process';
import { join } from 'node:path';
import type { FileLock } from './cache-folder.ts';
import { boundToParent, runToEnd } from './child-process.ts';
import { TritonInstallError } from './install-error.ts';
import type { PythonFacts } from './python.ts';

/**
 * Makes a virtual environment at `venv` with exactly the hashed wheels of `requirements` in it. The commands hold `lock` too: should
 * this process be killed, the next owner of the lock never meets one of them at work. pip follows the user's settings of
 * index, proxy and certificates.
 */
export async function makeEnvironment(
  python: PythonFacts,
  { venv, requirements, ...limits }: EnvironmentOptions,
): Promise<void> {
  const run = async (command: readonly string[]): Promise<void> =>
    runStep(python.executable, command, limits);
  const venvPython = join(venv, 'bin', 'python3');
  const makeVenv = [python.executable, '-I', '-m', 'venv'];
  if (python.ensurepip) await run([...makeVenv, venv]);
  else await run([...makeVenv, '--without-pip', venv]);
  const pip = python.ensurepip
    ? [venvPython, '-I', '-m', 'pip']
    : [python.executable, '-I', '-m', 'pip', '--python', venvPython];
  const install = ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  await run([...pip, ...install, '--requirement', requirements]);
}

/** What an environment is made of, and what its making holds to. */
export interface EnvironmentOptions extends StepLimits {
  readonly venv: string;
  readonly requirements: string;
}

interface StepLimits {
  readonly lock: FileLock;
  readonly signal?: AbortSignal | undefined;
}

/** The last characters of what a failed step printed that are shown. */
const SHOWN_CHARS = 2000;

async function runStep(
  python: string,
  command: readonly string[],
  { lock, signal }: StepLimits,
): Promise<void> {
  // These settings of a user would put the packages elsewhere.
  const { PIP_TARGET: _, PIP_PREFIX: __, PIP_USER: ___, ...inherited } = process.env;
  const env = { ...inherited, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_USER: '0' };
  const { file, args } = boundToParent(python, command);
  const { code, stdout, stderr } = await runToEnd(file, args, {
    env,
    inheritedFd: lock.fd,
    signal,
  });
  if (code === 0) return;
  const output = `${stdout}${stderr}`.trim().slice(-SHOWN_CHARS);
  const message = `cannot install Python packages: ${command.join(' ')} failed (it needs the network and 300 MB of disk):\n${output}`;
  throw new TritonInstallError('INSTALL_FAILED', message);
}
