import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { OperationName } from '@imagen/contracts';

const WORKER = fileURLToPath(new URL('../packages/worker/src/main.ts', import.meta.url));
/** Longer than a worker's own drain; a worker that has not stopped by then is killed. */
const STOP_MS = 20_000;
/** Pause before a worker that ended by itself is replaced, as a cluster would. */
const RESTART_MS = 1_000;

/** A fleet of the suite: two processes each, so that one can take over from the other. */
export const CHAOS_FLEET: readonly (readonly OperationName[])[] = [
  ['upscale', 'enhance'],
  ['comic', 'aged'],
  ['bg-remove'],
].flatMap((operations) => [operations, operations] as OperationName[][]);

/** How to start workers. */
export interface FleetOptions {
  /** One entry per process. */
  readonly operations: readonly (readonly OperationName[])[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFolder: string;
}

/** Worker processes: what is killed is replaced at once. */
export class WorkerFleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #workers: ChildProcess[];
  /** Those that are told to end but still drain. */
  readonly #running = new Set<ChildProcess>();
  /** How workers ended that nobody told to. */
  readonly crashes: string[] = [];
  #started = 0;
  #kills = 0;
  #isStopping = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#workers = options.operations.map((_, index) => this.#start(index));
  }

  /** Processes it has sent a signal to. */
  get kills(): number {
    return this.#kills;
  }

  /** Process ids of those at work. */
  get pids(): number[] {
    return this.#workers.flatMap(({ pid }) => pid ?? []);
  }

  /**
   * Ends a worker and replaces it at once, also while it still drains.
   * @param choice at least 0, below 1: which one
   */
  strike(choice: number, signal: 'SIGKILL' | 'SIGTERM'): void {
    const index = Math.floor(choice * this.#workers.length);
    const victim = this.#workers[index];
    this.#workers[index] = this.#start(index);
    this.#kills += 1;
    victim?.kill(signal);
  }

  /** Lets all of them drain and end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const running = [...this.#running];
    const ended = Promise.all(running.map(async (worker) => exitOf(worker)));
    for (const worker of running) worker.kill('SIGTERM');
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
    for (const worker of running) worker.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    const running = [...this.#running];
    for (const worker of running) worker.kill('SIGKILL');
    await Promise.all(running.map(async (worker) => exitOf(worker)));
  }

  #start(index: number): ChildProcess {
    const operations = this.#options.operations[index] ?? [];
    const { environment, logFolder } = this.#options;
    this.#started += 1;
    const number = String(this.#started).padStart(3, '0');
    const log = openSync(join(logFolder, `worker-${number}-${operations.join('+')}.log`), 'w');
    const worker = spawn(process.execPath, [...process.execArgv, WORKER], {
      // By the closing of the IPC channel a worker learns that the runner is gone, however that ended.
      stdio: ['ignore', log, log, 'ipc'],
      // A terminal's Ctrl-C is for the runner alone: it stops its workers by itself.
      detached: true,
      env: {
        ...process.env,
        ...environment,
        IMAGEN_OPERATIONS: operations.join(','),
        IMAGEN_PORT: '0',
        UV_THREADPOOL_SIZE: '4',
        MALLOC_ARENA_MAX: '2',
      },
    });
    closeSync(log);
    this.#running.add(worker);
    worker.on('exit', (code, signal) => {
      this.#running.delete(worker);
      if (this.#isStopping || this.#workers[index] !== worker) return;
      this.crashes.push(`worker ${number} (${operations.join(', ')}): ${signal ?? code}`);
      setTimeout(() => this.#replace(index, worker), RESTART_MS);
    });
    return worker;
  }

  #replace(index: number, ended: ChildProcess): void {
    if (!this.#isStopping && this.#workers[index] === ended) {
      this.#workers[index] = this.#start(index);
    }
  }
}

async function exitOf(worker: ChildProcess): Promise<void> {
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
}
