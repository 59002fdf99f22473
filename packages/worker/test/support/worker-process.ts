import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The worker program as its Deployment runs it, in a process of its own. */
export interface WorkerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:port` of its health and metrics endpoints. */
  readonly url: string;
  /** Waits for the next log line that fits. */
  logged(fits: (line: Readonly<Record<string, unknown>>) => boolean): Promise<void>;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** Starts one; resolves when it serves its endpoints. */
export async function startWorkerProcess(
  environment: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['--conditions=@imagen/source', MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, IMAGEN_PORT: '0', ...environment },
  });
  const lines: Record<string, unknown>[] = [];
  const arrived = new EventTarget();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Record<string, unknown>);
    arrived.dispatchEvent(new Event('line'));
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const logged: WorkerProcess['logged'] = async (fits) => {
    while (!lines.some(fits)) {
      await new Promise((resolve) => arrived.addEventListener('line', resolve, { once: true }));
    }
  };
  await Promise.race([
    logged(({ msg }) => msg === 'worker started'),
    exited.then((code) => Promise.reject(new Error(`the worker ended at once: ${code}`))),
  ]);
  const port = lines.find(({ msg }) => msg === 'worker started')?.['port'];
  return {
    url: `http://127.0.0.1:${String(port)}`,
    logged,
    pid: child.pid!,
    kill: (signal) => child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
