import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Every process that `imagen` starts inherits it, whatever group it is in. */
const MARK = 'IMAGEN_TEST_MARK';

/** A running `imagen` command. */
export interface CliProcess extends AsyncDisposable {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Lines of standard error: progress and problems. */
  readonly stderr: Interface;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Ids of the processes that it and its children are, as long as they run. */
  processes(): Promise<string[]>;
}

/** What a command printed when it had ended. */
export interface CliResult {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `imagen` with these arguments, its environment extended by `environment`. */
export function startCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): CliProcess {
  const mark = randomUUID();
  const child = spawn(process.execPath, ['--conditions=@imagen/source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, [MARK]: mark },
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number);
  return {
    child,
    stderr: createInterface({ input: child.stderr }),
    exited,
    processes: async () => processesWith(`${MARK}=${mark}`),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Runs `imagen` to its end. */
export async function runCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const { child, exited } = startCli(args, environment);
  const [code, stdout, stderr] = await Promise.all([
    exited,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** Waits for a line that contains `part`. @throws Error when the stream ends without one */
export async function lineWith(lines: Interface, part: string): Promise<string> {
  for await (const line of lines) if (line.includes(part)) return line;
  throw new Error(`it ended without a line that contains ${JSON.stringify(part)}`);
}

async function processesWith(variable: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = pids.map(async (pid) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return environment.split('\0').includes(variable) ? [pid] : [];
  });
  return (await Promise.all(marked)).flat();
}
