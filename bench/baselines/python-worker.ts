import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { PythonEnvironment } from '../python-environment.ts';

const WORKER = fileURLToPath(new URL('python_worker/worker.py', import.meta.url));

/** The baseline's worker in a process of its own, which ends with this one. Disposing of it kills it. */
export interface PythonWorker extends AsyncDisposable {
  readonly pid: number;
}

/**
 * Starts one, with everything it prints at the end of `logFile`; what it is told is in python_worker/README.md. It may not pull
 * yet when this resolves.
 */
export async function startPythonWorker(
  { python }: PythonEnvironment,
  environment: Readonly<Record<string, string>>,
  logFile: string,
): Promise<PythonWorker> {
  const log = openSync(logFile, 'a');
  // util-linux's setpriv becomes the worker, and the kernel ends that when this process is gone.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', python, WORKER], {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error('a child that was spawned has a pid');
  return {
    pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
