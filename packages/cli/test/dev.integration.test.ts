import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProcess, lineWith, runCli, startCli } from './support/cli-process.ts';

const PHOTO = fileURLToPath(new URL('../../../samples/chelsea.jpg', import.meta.url));
let dev: CliProcess;
let environment: Record<string, string>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imagen-'));
  dev = startCli(['dev', '--json']);
  const line = await lineWith(createInterface({ input: dev.child.stdout }), 'environment');
  ({ environment } = JSON.parse(line) as { environment: Record<string, string> });
});
afterAll(async () => {
  await dev[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('imagen submit', () => {
  it('uploads a file, waits for its job and writes the result', async () => {
    const out = join(folder, 'comic.webp');
    const args = ['submit', 'comic', PHOTO, '--param', 'levels=5', '--job-id', 'cat', '--out', out];
    const { code, stdout } = await runCli([...args, '--json'], environment);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', params: { levels: 5 } });
    expect((await readFile(out)).toString('latin1', 8, 12)).toBe('WEBP');
    expect(code).toBe(0);
  });

  it('that waits ends at once on Ctrl-C', async () => {
    const args = ['submit', 'upscale', PHOTO, '--wait'];
    await using waiting = startCli(args, environment);
    await lineWith(waiting.stderr, 'waiting');
    waiting.child.kill('SIGINT');
    expect(await waiting.exited).toBe(130);
  });

  it('prints the jobId when it does not wait', async () => {
    const args = ['submit', 'aged', PHOTO, '--job-id', 'soon', '--json'];
    const { code, stdout } = await runCli(args, environment);
    expect(JSON.parse(stdout)).toMatchObject({ jobId: 'soon', operation: 'aged' });
    expect(code).toBe(0);
  });

  it('says why a job failed, and exits with 1', async () => {
    const file = join(folder, 'text.jpg');
    await writeFile(file, 'hello');
    const { code, stdout } = await runCli(['submit', 'comic', file, '--wait'], environment);
    expect(stdout).toContain('UNSUPPORTED_FORMAT');
    expect(code).toBe(1);
  });
});

describe('imagen status', () => {
  it('shows the record of a job that has ended', async () => {
    const { code, stdout } = await runCli(['status', 'cat'], environment);
    expect(stdout).toMatch(/cat: comic succeeded[^]*model style_comic version 1/);
    expect(code).toBe(0);
  });

  it('exits with 3 while there is no record', async () => {
    const { code, stdout } = await runCli(['status', 'nobody', '--json'], environment);
    expect(JSON.parse(stdout)).toEqual({ jobId: 'nobody', outcome: null });
    expect(code).toBe(3);
  });
});

it('a command that cannot work says why in one line and exits with 2', async () => {
  const { code, stderr } = await runCli(['submit', 'sharpen', PHOTO], environment);
  expect(stderr).toMatch(/^imagen: there is no operation "sharpen"; expected one of upscale.*\n$/);
  expect(code).toBe(2);
});
