import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeStaleSharedMemory, sharedMemoryPrefix } from '../../src/triton/shared-memory.ts';
import { sharedMemoryOf } from './support/processes.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

async function leaveSharedMemory(prefix: string): Promise<string> {
  const path = `/dev/shm/${prefix}region`;
  await writeFile(path, 'tile');
  return path;
}

async function leaveSharedMemoryOf(pid: number): Promise<string> {
  return leaveSharedMemory((await sharedMemoryPrefix()).replace('{pid}', String(pid)));
}

it('removes the shared memory of a server that has gone, and of a process that has its id now', async () => {
  const { pid } = spawnSync('true');
  await leaveSharedMemoryOf(pid);
  await leaveSharedMemoryOf(process.pid);
  await removeStaleSharedMemory();
  expect(await sharedMemoryOf(pid)).toEqual([]);
  expect(await sharedMemoryOf(process.pid)).toEqual([]);
});

it('keeps the shared memory of a running server', async () => {
  await using folder = await temporaryFolder();
  const program = join(folder.path, 'tritonserver');
  await copyFile('/bin/sleep', program);
  const server = spawn(program, ['60']);
  await once(server, 'spawn');
  const pid = server.pid ?? 0;
  const file = await leaveSharedMemoryOf(pid);
  await removeStaleSharedMemory();
  expect(await sharedMemoryOf(pid)).toHaveLength(1);
  server.kill();
  await rm(file);
});

it('keeps what belongs to a container that shares the memory', async () => {
  const { pid } = spawnSync('true');
  const file = await leaveSharedMemory(`imagen-triton_1_${pid}_`);
  await removeStaleSharedMemory();
  expect(await sharedMemoryOf(pid)).toHaveLength(1);
  await rm(file);
});
