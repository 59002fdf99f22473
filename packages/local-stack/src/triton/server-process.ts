import { type ChildProcessByStdio, spawn } from 'node:child_process';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { boundToParent } from './child-process.ts';
import type { TritonInstallation } from './install.ts';
import { removeStaleSharedMemory } from './shared-memory.ts';

/** How tritonserver ended: exactly one of the two is not null. */
export interface TritonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const KEPT_CHARS = 256 * 1024;

/**
 * A tritonserver with the processes of its Python models, in a process group of their own: a terminal's Ctrl-C does not
 * reach them. It gets SIGTERM when this process ends without having stopped it.
 */
export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<TritonExit>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** Its models' processes hold its streams too, so these close when all are gone. */
  readonly #closed: Promise<void>;
  #log = '';
  #stopped: Promise<void> | undefined;

  /** Throws when the command cannot be started at all. */
  constructor({ python, executable, paths }: TritonInstallation, args: readonly string[]) {
    const { file, args: boundArgs } = boundToParent(python, [executable, ...args]);
    const env = { ...process.env };
    for (const [name, first] of Object.entries(paths)) {
      env[name] = env[name] ? `${first}:${env[name]}` : first;
    }
    this.#child = spawn(file, boundArgs, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env,
    });
    this.#child.on('error', () => undefined);
    if (this.#child.pid === undefined) throw new Error(`cannot start ${file}: is it still there?`);
    this.pid = this.#child.pid;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        this.#log = (this.#log + piece).slice(-KEPT_CHARS);
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#closed = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it printed, at most the last 256 Ki characters. */
  log(): string {
    return this.#log;
  }

  /** True as soon as `text` is in the log, false when it ends without. */
  async logs(text: string): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#log.includes(text)) resolve(true);
      };
      this.#child.stdout.on('data', look);
      this.#child.stderr.on('data', look);
      void this.#closed.then(() => resolve(false));
    });
  }

  /**
   * Asks it to finish its requests and end, and kills it after `limitMs`. Resolves when no process and no shared memory of
   * it is left; may be called again and after it has ended.
   */
  async stop(limitMs: number): Promise<void> {
    this.#stopped ??= this.#stop(limitMs);
    return this.#stopped;
  }

  async #stop(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.#killGroup(), limitMs);
    this.#child.kill('SIGTERM');
    await this.exited;
    clearTimeout(timer);
    this.#killGroup();
    await this.#closed;
    await removeStaleSharedMemory();
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
