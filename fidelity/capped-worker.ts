import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { MemoryCap } from './memory-cap.ts';

const WORKER = fileURLToPath(new URL('../packages/worker/src/main.ts', import.meta.url));

/** A worker process within a memory cap. */
export interface CappedWorker extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when it has ended, with its exit code or the signal that ended it: SIGKILL where the cap did. */
  readonly ended: Promise<string>;
}

/** Starts the worker program for all that `environment` names, with everything it prints in `logFile`. */
export function startCappedWorker(
  cap: MemoryCap,
  environment: Readonly<Record<string, string>>,
  logFile: string,
): CappedWorker {
  const log = openSync(logFile, 'a');
  const [file = '', ...args] = cap.wrap([process.execPath, ...process.execArgv, WORKER]);
  const child = spawn(file, args, {
    // By the closing of the IPC channel a worker learns that the runner is gone, however that ended.
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
    env: {
      ...process.env,
      ...environment,
      IMAGEN_PORT: '0',
      UV_THREADPOOL_SIZE: '4',
      MALLOC_ARENA_MAX: '2',
    },
  });
  closeSync(log);
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${file}`);
  return {
    pid,
    ended,
    async [Symbol.asyncDispose]() {
      killGroup(pid);
      await ended;
    },
  };
}

/** A worker that the kernel has killed may leave children behind. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
