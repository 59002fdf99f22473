// `npm run check`: everything that can be said about the code without running it. Prints one line per check, and the
// output of those that fail.
import { execFile } from 'node:child_process';
import process from 'node:process';

const CHECKS: Record<string, readonly string[]> = {
  types: ['tsc', '-b'],
  lint: ['oxlint'],
  format: ['oxfmt', '--check'],
  'dead code': ['knip'],
  arrows: ['node', 'scripts/arrows.ts'],
  config: ['node', 'scripts/config-duplicates.ts'],
};

function run(name: string, [command = '', ...args]: readonly string[]): Promise<boolean> {
  const started = performance.now();
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${error ? 'FAIL' : 'ok  '} ${name} (${seconds} s)\n`);
      if (error) process.stdout.write(`${stdout}${stderr}\n`);
      resolve(error === null);
    });
  });
}

// Types first and alone: the type-aware lint reads what the compiler wrote.
const { types = [], ...others } = CHECKS;
const results = [await run('types', types)];
results.push(...(await Promise.all(Object.entries(others).map((check) => run(...check)))));
process.exitCode = results.includes(false) ? 1 : 0;
