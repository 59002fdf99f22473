import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const environment = {
  GOOGLE_CLOUD_PROJECT: 'my-project',
  IMAGEN_OPERATIONS: 'upscale, bg-remove',
  IMAGEN_RESULTS_BUCKET: 'my-results',
};

it('needs a project, operations and a bucket; the rest has defaults', () => {
  expect(readConfig(environment)).toMatchObject({
    operations: ['upscale', 'bg-remove'],
    tritonAddress: 'triton:8001',
    slots: 4,
    port: 8080,
    logLevel: 'info',
  });
});

it('reports every variable that is wrong at once, with its name and what is expected', () => {
  const broken = { ...environment, IMAGEN_OPERATIONS: 'upscale,sharpen', IMAGEN_SLOTS: 'many' };
  const { GOOGLE_CLOUD_PROJECT: _, ...missing } = broken;
  expect(() => readConfig(missing)).toThrow(
    /GOOGLE_CLOUD_PROJECT: is missing[^]*IMAGEN_OPERATIONS: expected some of upscale,enhance[^]*IMAGEN_SLOTS/,
  );
});

it('the program says in lines which settings are wrong, and exits with 2', () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const command = ['--conditions=@imagen/source', main];
  const { status, stderr } = spawnSync(process.execPath, command, { env: {}, encoding: 'utf8' });
  expect(stderr).toMatch(/^imagen-worker: the environment.*\n  GOOGLE_CLOUD_PROJECT: is missing\n/);
  expect(stderr).not.toContain('    at ');
  expect(status).toBe(2);
});
