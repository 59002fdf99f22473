import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPERATION_NAMES } from '@imagen/contracts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { DemoSummary } from '../src/demo-summary.ts';
import { lineWith, runCli, startCli } from './support/cli-process.ts';

const PHOTO = fileURLToPath(new URL('../../../samples/chelsea.jpg', import.meta.url));
let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'imagen-demo-'));
});
afterAll(async () => rm(out, { recursive: true }));

it('the demo leaves every result, a summary and a page that shows them all', async () => {
  const { code, stdout } = await runCli(['demo', '--photo', PHOTO, '--out', out]);
  const page = await readFile(join(out, 'index.html'), 'utf8');
  const { jobs, batching } = JSON.parse(
    await readFile(join(out, 'summary.json'), 'utf8'),
  ) as DemoSummary;
  expect(jobs.map(({ operation }) => operation)).toEqual(OPERATION_NAMES);
  for (const { outcome, result, source } of jobs) {
    expect(outcome).toBe('succeeded');
    expect(page).toContain(`src="${result}"`);
    expect((await stat(join(out, String(result)))).size).toBeGreaterThan(1000);
    expect((await stat(join(out, source))).size).toBeGreaterThan(1000);
  }
  expect(batching['upscale']).toMatchObject({ inferences: 4 });
  expect(stdout).toMatch(/^upscale +1\/1 /m);
  expect(code).toBe(0);
});

it.each(['starting Triton', 'jobs published'])(
  'Ctrl-C after "%s" leaves no process behind',
  async (moment) => {
    await using demo = startCli(['demo', '--out', out]);
    await lineWith(demo.stderr, moment);
    expect(await demo.processes()).not.toEqual([]);
    demo.child.kill('SIGINT');
    expect(await demo.exited).toBe(130);
    expect(await demo.processes()).toEqual([]);
  },
);

it('what is left when the demo is killed ends by itself', async () => {
  await using demo = startCli(['demo', '--out', out]);
  await lineWith(demo.stderr, 'jobs published');
  demo.child.kill('SIGKILL');
  await demo.exited;
  await vi.waitFor(async () => expect(await demo.processes()).toEqual([]), { timeout: 40_000 });
});

it('a photo that cannot be read is a clear error, before anything starts', async () => {
  const { code, stderr } = await runCli(['demo', '--photo', '/none.jpg', '--out', out]);
  expect(stderr).toContain('cannot read /none.jpg');
  expect(stderr).not.toContain('starting Triton');
  expect(code).toBe(2);
});
