import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { installTriton } from '../../src/triton/index.ts';
import { runScript } from './support/child-script.ts';
import { fakePython } from './support/fake-python.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cacheDir: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  cacheDir = join(folder.path, 'cache');
});
afterEach(async () => folder[Symbol.asyncDispose]());

it('installs once', async () => {
  const python = await fakePython(folder.path, '');
  const first = await installTriton({ cacheDir, python: python.path });
  const onProgress = vi.fn<(line: string) => void>();
  expect(await installTriton({ cacheDir, python: python.path, onProgress })).toEqual(first);
  expect(await installTriton({ cacheDir, onProgress })).toEqual(first);
  expect(onProgress).not.toHaveBeenCalled();
  expect(await python.installs()).toBe(1);
});

it('installs anew, with the first Python on PATH, when the one it was installed with has gone', async () => {
  for (const name of ['first', 'second']) {
    const bin = join(folder.path, name);
    await mkdir(bin);
    const python = await fakePython(bin, '');
    using script = runScript('install-script', [cacheDir], {
      PATH: `${bin}:${process.env['PATH']}`,
    });
    expect(await script.nextLine()).toMatch(/^installing Triton/);
    expect(await script.exitCode).toBe(0);
    expect(await python.installs()).toBe(1);
    await rm(bin, { recursive: true });
  }
});

it('lets one of two processes install while the other says that it waits', async () => {
  const python = await fakePython(folder.path);
  using first = runScript('install-script', [cacheDir, python.path]);
  expect(await first.nextLine()).toMatch(/^installing Triton with Python 3\.\d+, once \(89 MB\)/);
  using second = runScript('install-script', [cacheDir, python.path]);
  expect(await second.nextLine()).toBe('another process is installing Triton: waiting for it');
  await python.letInstall();
  expect(await first.nextLine()).toBe(await second.nextLine());
  expect(await python.installs()).toBe(1);
});

it('never uses what a process left that was killed while it installed', async () => {
  const python = await fakePython(folder.path);
  using killed = runScript('install-script', [cacheDir, python.path]);
  await vi.waitFor(async () => expect(await python.installs()).toBe(1), { timeout: 10_000 });
  killed.child.kill('SIGKILL');
  await python.letInstall();
  const installation = await installTriton({ cacheDir, python: python.path });
  expect(await python.installs()).toBe(2);
  expect(await readdir(installation.backendDir)).toEqual(['onnxruntime', 'python', 'simgpu']);
});

it('shows what pip says when it fails, and tries again the next time', async () => {
  const python = await fakePython(folder.path, `echo no route to the index; exit 1`);
  const attempt = async () => installTriton({ cacheDir, python: python.path });
  await expect(attempt()).rejects.toMatchObject({
    code: 'INSTALL_FAILED',
    message: expect.stringMatching(/pip .* failed .*\nno route to the index$/),
  });
  await fakePython(folder.path, '');
  await attempt();
  expect(await python.installs()).toBe(2);
});

it('stops installing when it is told to, with the reason it was given', async () => {
  const python = await fakePython(folder.path);
  const stopping = new AbortController();
  const install = installTriton({ cacheDir, python: python.path, signal: stopping.signal });
  await vi.waitFor(async () => expect(await python.installs()).toBe(1), { timeout: 10_000 });
  stopping.abort(new Error('no more'));
  await expect(install).rejects.toThrow('no more');
});
