import { spawn, type StdioOptions } from 'node:child_process';
import { text } from 'node:stream/consumers';
import process from 'node:process';

// PR_SET_PDEATHSIG is 1. The check of getppid covers a parent that died before prctl.
const BIND_TO_PARENT = `
import ctypes, os, signal, sys
parent, *command = sys.argv[1:]
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(parent): sys.exit(143)
os.execv(command[0], [part.replace("{pid}", str(os.getpid())) for part in command])`;

/**
 * A command line that runs `command` (its first part an absolute path) in a process that gets SIGTERM when this one
 * ends, be it by SIGKILL. `{pid}` in an argument becomes the id of that process. Linux only. The signal follows the
 * thread that spawns: not for a worker thread that ends before the command does.
 */
export function boundToParent(
  python: string,
  command: readonly string[],
): { readonly file: string; readonly args: string[] } {
  return {
    file: python,
    args: ['-I', '-S', '-c', BIND_TO_PARENT, String(process.pid), ...command],
  };
}

/** How a finished command ended and all that it printed. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command. */
export interface RunOptions {
  /** Becomes its descriptor 3. */
  readonly inheritedFd?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end. Rejects only when it cannot be started, or when `signal` aborts, which ends it. */
export async function runToEnd(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  if (options.inheritedFd !== undefined) stdio.push(options.inheritedFd);
  const { env = process.env, timeoutMs: timeout, signal } = options;
  const child = spawn(file, args, { stdio, env, timeout, signal, killSignal: 'SIGKILL' });
  const { promise: closed, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', resolve);
  if (!child.stdout || !child.stderr) throw new Error('pipes were asked for');
  const all = [closed, text(child.stdout), text(child.stderr)] as const;
  const [code, stdout, stderr] = await Promise.all(all).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
  return { code, stdout, stderr };
}
