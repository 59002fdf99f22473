import { execFile } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startTriton } from '../../src/triton/index.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const TRITON = fileURLToPath(new URL('../../../../triton', import.meta.url));
const alive = async (...args: string[]): Promise<unknown> =>
  promisify(execFile)('python3', [join(TRITON, 'alive.py'), ...args]);

it('the liveness probe sees that the process of a Python model has died, which Triton does not', async () => {
  await using folder = await temporaryFolder();
  for (const model of ['enhance', 'style_comic'])
    await cp(join(TRITON, 'model_repository', model), join(folder.path, model), {
      recursive: true,
    });
  await using triton = await startTriton({ modelRepositories: [folder.path] });
  await alive(folder.path, triton.httpUrl);
  process.kill(await processWith(`${folder.path}/enhance/`), 'SIGKILL');
  await expect(alive(folder.path, triton.httpUrl)).rejects.toThrow('is gone: enhance');
  expect((await fetch(`${triton.httpUrl}/v2/models/enhance/ready`)).status).toBe(200);
});

it('the liveness probe fails when nothing answers', async () => {
  await using folder = await temporaryFolder();
  await expect(alive(folder.path, 'http://127.0.0.1:9')).rejects.toThrow('Connection refused');
});

/** Id of the process that has this in its command line. */
async function processWith(part: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const id of ids) {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(part) && line.includes('backend_stub')) return Number(id);
  }
  throw new Error(`no process has ${part} in its command line`);
}
