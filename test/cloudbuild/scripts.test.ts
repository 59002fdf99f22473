import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/repository.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'imagen-build-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a command of the cloud's tools on PATH whose calls are kept and which does this. */
function command(name: string, does: string): void {
  const script = `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${does}\n`;
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
}

function run(...args: readonly string[]): string {
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, REGISTRY: 'registry' };
  const options = { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync(join(ROOT, 'cloudbuild', args[0] ?? ''), args.slice(1), options);
}

const calls = (): string => readFileSync(join(folder, 'calls'), 'utf8');
const written = (): string => readFileSync(join(folder, 'worker.image'), 'utf8').trim();

describe('cloudbuild/image.sh', () => {
  it('does not build what the registry has', () => {
    command('gcloud', 'echo registry/worker@sha256:1');
    command('docker', '');
    run('image.sh', 'worker', 'tag');
    expect(written()).toBe('registry/worker@sha256:1');
    expect(calls()).not.toContain('docker build');
  });

  it('builds and pushes what it has not', () => {
    const once = `[ -e "$0.pushed" ] && echo registry/worker@sha256:2 && exit; touch "$0.pushed"`;
    command('gcloud', `${once}; echo 'ERROR: Image not found.' >&2; exit 1`);
    command('docker', '');
    run('image.sh', 'worker', 'tag', '--target', 'worker');
    expect(written()).toBe('registry/worker@sha256:2');
    expect(calls()).toContain('docker build --tag registry/worker:tag --target worker .');
    expect(calls()).toContain('docker push registry/worker:tag');
  });

  it('does not take a registry that cannot be asked for one without the image', () => {
    command('gcloud', 'echo "ERROR: permission denied" >&2; exit 1');
    command('docker', '');
    expect(() => run('image.sh', 'worker', 'tag')).toThrow('permission denied');
    expect(calls()).not.toContain('docker build');
  });
});

describe('cloudbuild/triton-tag.sh', () => {
  const tag = (): string =>
    execFileSync(join(ROOT, 'cloudbuild/triton-tag.sh'), { cwd: folder, encoding: 'utf8' });

  it('changes with what is in the image and with nothing else', () => {
    for (const part of ['triton', 'packages/local-stack/triton'])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    const before = tag();
    writeFileSync(join(folder, 'triton/notes.md'), 'not in the image');
    expect(tag()).toBe(before);
    writeFileSync(join(folder, 'triton/model_repository/upscale/config.pbtxt'), 'other');
    expect(tag()).not.toBe(before);
  });
});

describe('cloudbuild/scan.sh', () => {
  it('fails on what is critical and has a fix, and names it', () => {
    command('gcloud', 'case "$*" in *list-vuln*) echo CVE-1;; *) echo scans/1;; esac');
    expect(() => run('scan.sh', 'image@sha256:1')).toThrow('CVE-1');
    expect(calls()).not.toContain('sbom');
  });

  it('stores the bill of materials of what has passed', () => {
    command('gcloud', 'case "$*" in *list-vuln*) ;; *) echo scans/1;; esac');
    run('scan.sh', 'image@sha256:1');
    expect(calls()).toContain('sbom export --uri=image@sha256:1');
  });
});
