import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '@imagen/local-stack/triton';
import {
  type BoundServer,
  startBound,
} from '../../../packages/local-stack/test/conformance/support/bound-server.ts';
import type { ControlPlaneBinaries } from './control-plane-binaries.ts';

const run = promisify(execFile);

/** What a command printed; `stderr` has the API server's warnings. */
interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** A real API server with its controllers and scheduler on loopback, and nodes that only say that their pods run. */
export interface ControlPlane extends AsyncDisposable {
  /** For KUBECONFIG. */
  readonly configFile: string;
  /** Runs kubectl as cluster admin. @throws Error with what it says when it fails */
  kubectl(...args: readonly string[]): Promise<Output>;
  /** Runs kubectl with this text as its standard input. */
  kubectlWith(input: string, ...args: readonly string[]): Promise<Output>;
}

/** Starts a control plane without any object in it. It ends with this process. */
export async function startControlPlane(programs: ControlPlaneBinaries): Promise<ControlPlane> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'imagen-kube-'));
  starting.defer(async () => rm(folder, { recursive: true, force: true }));
  const [etcd = 0, peers = 0, api = 0, controllers = 0, scheduler = 0, kwok = 0] =
    await freePorts(6);
  const ports = { etcd, peers, api, controllers, scheduler, kwok };
  const cluster = { folder, programs, ports };
  await makeCredentials(cluster);
  const start = async (command: readonly string[], ready: RegExp): Promise<void> => {
    const server: BoundServer = await startBound(command, ready);
    starting.defer(async () => server.stop());
  };
  await start(etcdCommand(cluster), /ready to serve client requests/);
  await start(apiServerCommand(cluster), /Serving securely/);
  const configFile = join(folder, 'kubeconfig');
  const kubectlWith = async (input: string, ...args: readonly string[]): Promise<Output> => {
    const result = run('kubectl', [`--kubeconfig=${configFile}`, ...args], { cwd: ROOT });
    result.child.stdin?.end(input);
    return result;
  };
  const kubectl = async (...args: readonly string[]): Promise<Output> => kubectlWith('', ...args);
  await kubectl('wait', '--for=create', 'namespace/default', '--timeout=60s');
  await start(controllersCommand(cluster), /Serving securely/);
  await start(schedulerCommand(cluster), /Serving securely/);
  // It does not say when it is ready: whoever waits for a node or a pod waits for it.
  await start(kwokCommand(cluster), /\w/);
  const running = starting.move();
  return {
    configFile,
    kubectl,
    kubectlWith,
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

const ROOT = join(import.meta.dirname, '../../..');

interface Cluster {
  readonly folder: string;
  readonly programs: ControlPlaneBinaries;
  readonly ports: Readonly<
    Record<'etcd' | 'peers' | 'api' | 'controllers' | 'scheduler' | 'kwok', number>
  >;
}

/** A certificate of the API server, a key for service accounts, an admin's token and kubectl's file with it. */
async function makeCredentials({ folder, ports }: Cluster): Promise<void> {
  const certificate = ['-keyout', 'api.key', '-out', 'api.crt', '-subj', '/CN=kube-apiserver'];
  const names = 'subjectAltName=IP:127.0.0.1,IP:10.96.0.1';
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await run('openssl', [...request, ...certificate, '-addext', names], { cwd: folder });
  await run('openssl', ['genrsa', '-out', 'accounts.key', '2048'], { cwd: folder });
  const token = crypto.randomUUID();
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  const server = { server: `https://127.0.0.1:${ports.api}` };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { ...server, 'certificate-authority': `${folder}/api.crt` } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config));
}

function etcdCommand({ folder, programs, ports }: Cluster): string[] {
  const [clients, peers] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.peers}`];
  return [
    `${programs.folder}/etcd`,
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    '--unsafe-no-fsync',
  ];
}

function apiServerCommand({ folder, programs, ports }: Cluster): string[] {
  return [
    `${programs.folder}/kube-apiserver`,
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${folder}/api.crt`,
    `--tls-private-key-file=${folder}/api.key`,
    `--service-account-key-file=${folder}/accounts.key`,
    `--service-account-signing-key-file=${folder}/accounts.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--token-auth-file=${folder}/tokens.csv`,
    '--authorization-mode=Node,RBAC',
  ];
}

function controllersCommand({ folder, programs, ports }: Cluster): string[] {
  return [
    `${programs.folder}/kube-controller-manager`,
    `--kubeconfig=${folder}/kubeconfig`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.controllers}`,
    `--service-account-private-key-file=${folder}/accounts.key`,
    `--root-ca-file=${folder}/api.crt`,
    '--leader-elect=false',
  ];
}

function schedulerCommand({ folder, programs, ports }: Cluster): string[] {
  return [
    `${programs.folder}/kube-scheduler`,
    `--kubeconfig=${folder}/kubeconfig`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.scheduler}`,
    '--leader-elect=false',
  ];
}

function kwokCommand({ folder, programs, ports }: Cluster): string[] {
  return [
    `${programs.folder}/kwok`,
    `--kubeconfig=${folder}/kubeconfig`,
    '--manage-all-nodes=true',
    '--node-ip=127.0.0.1',
    `--server-address=127.0.0.1:${ports.kwok}`,
    '--node-lease-duration-seconds=40',
    ...programs.stages.map((stage) => `--config=${stage}`),
  ];
}
