import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, test } from 'vitest';
import { cpuSecondsOfTree } from './cpu-time.ts';

/** A program that uses 0.3 s of CPU time and then does what follows. */
const BUSY = 'while (process.cpuUsage().user + process.cpuUsage().system < 300_000);';

test('CPU time of a child that has ended still counts', async () => {
  const before = await cpuSecondsOfTree(process.pid);
  spawnSync(process.execPath, ['-e', BUSY]);
  expect((await cpuSecondsOfTree(process.pid)) - before).toBeGreaterThan(0.25);
});

test('CPU time of a child that still runs counts, and is its own', async () => {
  const before = await cpuSecondsOfTree(process.pid);
  const program = `${BUSY} console.log('done'); process.stdin.resume();`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect((await cpuSecondsOfTree(process.pid)) - before).toBeGreaterThan(0.25);
  expect(await cpuSecondsOfTree(child.pid ?? 0)).toBeGreaterThan(0.25);
  child.kill();
  await once(child, 'exit');
});

test('a process that is not there has used none', async () => {
  expect(await cpuSecondsOfTree(2 ** 30)).toBe(0);
});
