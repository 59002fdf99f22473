import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Looks at the first GPU once a second. */
export interface UtilisationWatch extends Disposable {
  /** Of each look so far, from 0 to 1; none where there is no GPU. */
  readonly shares: readonly number[];
}

/** Begins to watch, by NVIDIA's own tool. */
export function watchUtilisation(): UtilisationWatch {
  const query = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
  const child = spawn('nvidia-smi', ['--id=0', '--loop=1', ...query], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const shares: number[] = [];
  // A machine without it has no GPU to watch.
  child.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const percent = Number.parseFloat(line);
    if (!Number.isNaN(percent)) shares.push(percent / 100);
  });
  return { shares, [Symbol.dispose]: () => void child.kill() };
}
