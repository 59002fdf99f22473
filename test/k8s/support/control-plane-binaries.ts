import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { defaultCacheDir } from '@imagen/local-stack/triton';

const KUBERNETES = '1.35.4';
const ETCD = '3.6.6';
const KWOK = '0.8.0';
const NAME = `kubernetes-${KUBERNETES}-etcd-${ETCD}-kwok-${KWOK}`;
const run = promisify(execFile);

/** Programs of a control plane without containers, and what KWOK needs to play the nodes. */
export interface ControlPlaneBinaries {
  readonly folder: string;
  /** Files that say how pods and nodes become ready. */
  readonly stages: readonly string[];
}

const STAGES = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
];

/** Builds etcd, Kubernetes and KWOK from the Go module proxy once (4 to 8 minutes, 300 MB in the cache folder). Needs Go. */
export async function controlPlaneBinaries(): Promise<ControlPlaneBinaries> {
  const folder = join(defaultCacheDir(), NAME);
  const stages = STAGES.map((stage) => join(folder, stageFile(stage)));
  if (await exists(folder)) return { folder, stages };
  await mkdir(defaultCacheDir(), { recursive: true });
  // Built beside its place: a folder of that name is finished.
  const unfinished = await mkdtemp(join(defaultCacheDir(), 'unfinished-'));
  try {
    await buildKubernetes(unfinished);
    await buildEtcd(unfinished);
    await buildKwok(unfinished);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return { folder, stages };
}

const stageFile = (stage: string): string => `${stage.replaceAll('/', '-')}.yaml`;

/** `go install` refuses Kubernetes because its go.mod replaces modules by folders: a module that repeats them with the published versions builds. */
async function buildKubernetes(target: string): Promise<void> {
  progress(`building Kubernetes ${KUBERNETES}, once`);
  const source = await moduleFolder('k8s.io/kubernetes', KUBERNETES);
  const original = await readFile(join(source, 'go.mod'), 'utf8');
  const language = original.match(/^(go|godebug) .*$/gm) ?? [];
  const staging = [...original.matchAll(/^\s+(\S+) => \.\/staging\/src\//gm)];
  const version = `v0.${KUBERNETES.slice(2)}`;
  const replaces = staging.map(([, name]) => `replace ${name} => ${name} ${version}`);
  const lines = ['module kube', ...language, `require k8s.io/kubernetes v${KUBERNETES}`];
  const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const packages = programs.map((program) => `k8s.io/kubernetes/cmd/${program}`);
  await build(target, { module: [...lines, ...replaces], packages });
}

async function buildEtcd(target: string): Promise<void> {
  progress(`building etcd ${ETCD}, once`);
  const module = ['module etcd', 'go 1.24', `require go.etcd.io/etcd/server/v3 v${ETCD}`];
  await build(target, { module, packages: ['go.etcd.io/etcd/server/v3'] });
  // Named like the part of its path that is not a version.
  await rename(join(target, 'server'), join(target, 'etcd'));
}

async function buildKwok(target: string): Promise<void> {
  progress(`building KWOK ${KWOK}, once`);
  const environment = { ...goEnvironment, GOBIN: target };
  await run('go', ['install', `sigs.k8s.io/kwok/cmd/kwok@v${KWOK}`], { env: environment });
  const source = join(await moduleFolder('sigs.k8s.io/kwok', KWOK), 'kustomize/stage');
  for (const stage of STAGES)
    await copyFile(join(source, `${stage}.yaml`), join(target, stageFile(stage)));
}

const goEnvironment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -trimpath' };

interface Build {
  /** Lines of go.mod. */
  readonly module: readonly string[];
  /** Main packages; the programs are named like their last parts. */
  readonly packages: readonly string[];
}

async function build(target: string, { module, packages }: Build): Promise<void> {
  const folder = await mkdtemp(join(target, 'module-'));
  await writeFile(join(folder, 'go.mod'), `${module.join('\n')}\n`);
  const imports = packages.map((name) => `import _ "${name}"`);
  await writeFile(
    join(folder, 'programs.go'),
    ['//go:build programs', 'package main', ...imports].join('\n'),
  );
  const options = { cwd: folder, env: goEnvironment };
  await run('go', ['mod', 'tidy', '-e'], options);
  await run('go', ['build', '-ldflags', '-s -w', '-o', `${target}/`, ...packages], options);
  await rm(folder, { recursive: true });
}

async function moduleFolder(name: string, version: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', `${name}@v${version}`]);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
