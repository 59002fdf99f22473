// The fidelity suite: `npm run test:fidelity [-- --only seams|memory]`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS: Readonly<Record<string, readonly string[]>> = {
  seams: ['vitest', 'run', '--config', 'fidelity/vitest.config.ts'],
  memory: [process.execPath, ...process.execArgv, 'fidelity/memory.ts'],
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });

let isInterrupted = false;

/** Runs a command to its end; true when it ends well. A signal to this process is one to the command. */
async function run([file = '', ...args]: readonly string[]): Promise<boolean> {
  const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      child.kill(signal);
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

const parts = values.only === undefined ? Object.values(PARTS) : [PARTS[values.only]];
for (const part of parts) {
  if (!part) throw new Error(`--only ${values.only}: expected ${Object.keys(PARTS).join(' or ')}`);
  if (!isInterrupted && !(await run(part))) process.exitCode = 1;
}
