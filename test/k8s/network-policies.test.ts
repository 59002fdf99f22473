import { describe, expect, it } from 'vitest';
import { type End, isAllowed } from './support/flows.ts';
import { hasKubectl, type Manifest, render, workloadsOf } from './support/manifests.ts';

type Ends = (manifests: readonly Manifest[]) => readonly End[];

const podsNamed =
  (part: string): Ends =>
  (manifests) =>
    workloadsOf(manifests)
      .filter(({ name }) => name.includes(part))
      .map(({ labels, namespace }) => ({ labels, namespace }));

const SOURCES = {
  worker: podsNamed('worker'),
  triton: podsNamed('triton'),
  scraper: (): readonly End[] => [{ labels: { app: 'prometheus' }, namespace: 'gmp-system' }],
} satisfies Record<string, Ends>;

interface Target {
  readonly end: End;
  readonly port: number;
  readonly portName?: string;
}

const address = (end: string, port: number) => (): Target => ({ end: { address: end }, port });
const pod =
  (part: string, portName: string) =>
  (manifests: readonly Manifest[]): Target => {
    const { labels, namespace, container } = workloadsOf(manifests).find(({ name }) =>
      name.includes(part),
    )!;
    const { containerPort } = container.ports.find(({ name }) => name === portName)!;
    return { end: { labels, namespace }, port: containerPort, portName };
  };

const TARGETS = {
  dns: (): Target => ({
    end: { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' },
    port: 53,
  }),
  'node-local dns': (): Target => ({
    end: { labels: { 'k8s-app': 'node-local-dns' }, namespace: 'kube-system' },
    port: 53,
  }),
  'cloud dns': address('169.254.169.254', 53),
  google: address('142.250.1.95', 443),
  metadata: address('169.254.169.254', 80),
  cluster: address('10.0.0.1', 443),
  'triton grpc': pod('triton', 'grpc'),
  'triton http': pod('triton', 'http'),
  'triton metrics': pod('triton', 'metrics'),
  'worker metrics': pod('upscale', 'http'),
  'local pubsub': pod('local-cloud', 'pubsub'),
  'local storage': pod('local-cloud', 'storage'),
} satisfies Record<string, (manifests: readonly Manifest[]) => Target>;

type FlowCase = readonly [keyof typeof SOURCES, keyof typeof TARGETS, 'open' | 'closed'];

const FLOWS: readonly FlowCase[] = [
  ['worker', 'dns', 'open'],
  ['worker', 'node-local dns', 'open'],
  ['worker', 'cloud dns', 'open'],
  ['worker', 'triton grpc', 'open'],
  ['worker', 'google', 'open'],
  ['worker', 'metadata', 'open'],
  ['scraper', 'triton metrics', 'open'],
  ['scraper', 'worker metrics', 'open'],
  ['triton', 'dns', 'open'],
  ['worker', 'triton http', 'closed'],
  ['worker', 'worker metrics', 'closed'],
  ['worker', 'cluster', 'closed'],
  ['triton', 'google', 'closed'],
  ['triton', 'metadata', 'closed'],
  ['scraper', 'triton grpc', 'closed'],
];
const LOCAL_FLOWS: readonly FlowCase[] = [
  ...FLOWS,
  ['worker', 'local pubsub', 'open'],
  ['worker', 'local storage', 'open'],
  ['triton', 'local storage', 'closed'],
  ['scraper', 'local pubsub', 'closed'],
];
const FLOWS_OF = [
  ['.', FLOWS],
  ['overlays/gke', FLOWS],
  ['overlays/local', LOCAL_FLOWS],
] as const;

describe.skipIf(!hasKubectl)('network policies (needs kubectl)', () => {
  describe.each(FLOWS_OF)('of k8s/%s', (folder, flows) => {
    const manifests = hasKubectl ? render(folder) : [];

    it.each(flows)('%s → %s is %s', (from, to, expected) => {
      const { end: target, port, portName } = TARGETS[to](manifests);
      const sources = SOURCES[from](manifests);
      expect(sources).not.toEqual([]);
      for (const source of sources) {
        const flow = { from: source, to: target, port, ...(portName && { portName }) };
        expect(isAllowed(manifests, flow)).toBe(expected === 'open');
      }
    });
  });
});
