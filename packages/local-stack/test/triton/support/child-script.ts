import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A script of this folder in a Node.js of its own. Disposing of it kills it. */
export interface ChildScript extends Disposable {
  readonly child: ChildProcess;
  /** The next line that it prints; throws when it ends instead. */
  nextLine(): Promise<string>;
  /** Its exit code. */
  readonly exitCode: Promise<number | null>;
}

/** Runs `<name>.ts` of this folder with the arguments. */
export function runScript(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildScript {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended without another line`);
      return value;
    },
    exitCode: once(child, 'exit').then(([code]) => code as number | null),
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}
