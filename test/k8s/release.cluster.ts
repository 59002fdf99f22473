import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/repository.ts';
import { missingTools, START_LIMIT_MS, startCluster } from './support/cluster.ts';
import type { ControlPlane } from './support/control-plane.ts';

const run = promisify(execFile);
const REGISTRY = 'us-central1-docker.pkg.dev/my-own/imagen';

describe.skipIf(missingTools.length > 0)('a release (needs Go, kubectl, openssl)', () => {
  let cluster: ControlPlane;
  let workspace: string;
  const script = async (name: string, ...args: string[]): Promise<string> => {
    const settings = { PROJECT_ID: 'my-own', ROLLOUT_TIMEOUT: '10s' };
    const env = { ...process.env, ...settings, KUBECONFIG: cluster.configFile };
    return (await run(`cloudbuild/${name}.sh`, args, { cwd: workspace, env })).stdout;
  };
  /** Renders a release of images with this digest into a file of the workspace. */
  const rendered = async (digit: string): Promise<string> => {
    const digest = `sha256:${digit.repeat(64)}`;
    const images = ['imagen-worker', 'triton-imagen'].map(
      (name) => `${REGISTRY}/${name}@${digest}`,
    );
    await writeFile(join(workspace, `${digit}.yaml`), await script('render', 'gke', ...images));
    return `${digit}.yaml`;
  };
  const running = async (): Promise<string> => {
    const path = '-o=jsonpath={.items[*].spec.template.spec.containers[*].image}';
    return (await cluster.kubectl('get', 'deployments', '-n=imagen', path)).stdout;
  };

  beforeAll(async () => {
    cluster = await startCluster();
    // As Cloud Build has it: a checkout in which steps write.
    workspace = await mkdtemp(join(tmpdir(), 'imagen-release-'));
    for (const folder of ['k8s', 'cloudbuild'])
      await cp(join(ROOT, folder), join(workspace, folder), { recursive: true });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(workspace, { recursive: true });
  });

  it('that fails with none before it stays, and says so', async () => {
    await cluster.kubectl('create', 'namespace', 'imagen');
    await expect(script('settle', 'none.yaml', 'bad')).rejects.toThrow('nothing to return to');
  });

  it('runs images by digest only, with the settings of its project', async () => {
    const file = await rendered('1');
    const text = await readFile(join(workspace, file), 'utf8');
    const images = text.match(/image: .*/g) ?? [];
    expect(images.filter((image) => !image.includes(`${REGISTRY}/`))).toEqual([]);
    expect(images.filter((image) => !image.endsWith(`@sha256:${'1'.repeat(64)}`))).toEqual([]);
    expect(text).not.toContain('my-project');
    await script('release', file);
    expect(await running()).toContain('@sha256:1111');
  });

  it('that fails gives way to the last good one', async () => {
    await script('settle', '1.yaml', 'good');
    const bad = await rendered('2');
    const text = await readFile(join(workspace, bad), 'utf8');
    const nowhere = text.replaceAll('compute-class: imagen-gpu', 'compute-class: none');
    await writeFile(join(workspace, bad), nowhere);
    await expect(script('release', bad)).rejects.toThrow('timed out');
    expect(await running()).toContain('@sha256:2222');
    await expect(script('settle', bad, 'bad')).rejects.toThrow('the last good one runs again');
    expect(await running()).not.toContain('@sha256:2222');
  });
});
