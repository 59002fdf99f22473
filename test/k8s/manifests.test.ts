import { OPERATION_NAMES } from '@imagen/contracts';
import { describe, expect, it } from 'vitest';
import { readConfig, SETTING_NAMES } from '../../packages/worker/src/config.ts';
import { createMetrics } from '../../packages/worker/src/telemetry/metrics.ts';
import {
  type Container,
  FOLDERS,
  hasKubectl,
  type Labels,
  type Manifest,
  ofKind,
  render,
  selects,
  type Workload,
  workloadsOf,
} from './support/manifests.ts';
import { schemaProblems } from './support/schemas.ts';

const WITH_WORKERS = FOLDERS.filter((folder) => folder !== 'base/triton');

describe.skipIf(!hasKubectl)('kubectl apply -k (needs kubectl)', () => {
  it('of k8s/. needs built-in APIs only', () => {
    const builtIn =
      /^(v1|apps\/v1|autoscaling\/v2|policy\/v1|(networking|scheduling)\.k8s\.io\/v1)$/;
    expect(render('.').filter(({ apiVersion }) => !builtIn.test(apiVersion))).toEqual([]);
  });

  describe.each(FOLDERS)('of k8s/%s', (folder) => {
    const manifests = hasKubectl ? render(folder) : [];
    const workloads = workloadsOf(manifests);

    it('is what a strict API server takes', () => {
      expect(manifests.flatMap(schemaProblems)).toEqual([]);
    });

    it('has all in one namespace, which it makes', () => {
      const cluster = new Set(['ComputeClass', 'Namespace', 'PriorityClass']);
      const namespaced = manifests.filter(({ kind }) => !cluster.has(kind));
      expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(
        new Set(['imagen']),
      );
      expect(ofKind(manifests, 'Namespace').map(({ metadata }) => metadata.name)).toEqual([
        'imagen',
      ]);
    });

    it('selects with every selector the pods of one Deployment', () => {
      const strange = workloads.filter(({ selector, labels }) => !selects(selector, labels));
      expect(strange).toEqual([]);
      const selectors = [...servicesOf(manifests), ...budgetsOf(manifests)];
      const wrong = selectors.filter(([, selector]) => podsOf(workloads, selector).length !== 1);
      expect(wrong).toEqual([]);
    });

    it('names only what is there', () => {
      const names = (kind: string): string[] =>
        manifests.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
      for (const { serviceAccountName, container } of workloads) {
        expect(names('ServiceAccount')).toContain(serviceAccountName);
        for (const { configMapRef } of container.envFrom ?? []) {
          expect(names('ConfigMap')).toContain(configMapRef.name);
        }
        expect(portsOf(container)).toEqual(expect.arrayContaining(probePorts(container)));
      }
      for (const { spec } of ofKind(manifests, 'HorizontalPodAutoscaler')) {
        const { scaleTargetRef } = spec as { scaleTargetRef: { name: string } };
        expect(names('Deployment')).toContain(scaleTargetRef.name);
      }
    });

    it('lets no container be root, or write to its own files', () => {
      for (const { container } of workloads) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    });
  });

  it('of k8s/overlays/gke wakes Triton by metrics that the worker program has', async () => {
    const exported = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    const asked = ofKind(render('overlays/gke'), 'ScaledObject').flatMap(({ spec }) => {
      const { triggers } = spec as { triggers: { metadata: { query: string } }[] };
      return triggers.flatMap(({ metadata }) => metadata.query.match(/imagen_\w+/g) ?? []);
    });
    expect(asked).not.toEqual([]);
    expect(exported).toEqual(expect.arrayContaining(asked));
  });

  it('of k8s/overlays/gke keeps Triton when Prometheus is away', () => {
    for (const { spec } of ofKind(render('overlays/gke'), 'ScaledObject')) {
      expect(spec).toMatchObject({
        fallback: { behavior: 'currentReplicasIfHigher' },
        triggers: [{ type: 'prometheus', metadata: { ignoreNullValues: 'false' } }],
      });
    }
  });

  describe.each(WITH_WORKERS)('of k8s/%s', (folder) => {
    const manifests = hasKubectl ? render(folder) : [];
    const workers = workloadsOf(manifests).filter(({ name }) => name.endsWith('-worker'));

    it('has one worker per operation, whose environment the worker program takes', () => {
      const configs = workers.map(({ container }) =>
        readConfig(environmentOf(manifests, container)),
      );
      expect(configs.flatMap(({ operations }) => operations).toSorted()).toEqual(
        OPERATION_NAMES.toSorted(),
      );
      for (const [index, { name }] of workers.entries()) {
        expect(name).toBe(`${configs[index]?.operations.join()}-worker`);
      }
    });

    it('sets nothing that the worker program does not read', () => {
      const set = workers.flatMap(({ container }) =>
        Object.keys(environmentOf(manifests, container)),
      );
      expect(SETTING_NAMES).toEqual(expect.arrayContaining([...new Set(set)]));
    });

    it('leaves the number of replicas to scalers', () => {
      const scaled = ofKind(manifests, 'Deployment').filter(({ metadata }) =>
        workers.some(({ name }) => name === metadata.name || metadata.name.startsWith('triton')),
      );
      const replicas = scaled.map(({ spec }) => (spec as { replicas?: number }).replicas);
      expect(replicas).toEqual(Array.from({ length: 1 + workers.length }));
    });

    it('reaches every Triton: by a Service without an address of its own', () => {
      for (const { container } of workers) {
        const { tritonAddress } = readConfig(environmentOf(manifests, container));
        const [name, port] = tritonAddress.split(':');
        const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata.name === name);
        expect(service?.spec).toMatchObject({ clusterIP: 'None', ports: [{ port: Number(port) }] });
      }
    });

    it('ends Triton within what a Spot node leaves', () => {
      const triton = ofKind(manifests, 'Deployment').find(({ metadata }) =>
        metadata.name.startsWith('triton'),
      );
      const { pod, preStopSeconds, exitSeconds } = endOfTriton(triton?.spec);
      expect(pod.terminationGracePeriodSeconds).toBeLessThanOrEqual(SPOT_GRACE_SECONDS);
      expect(preStopSeconds + exitSeconds).toBeLessThan(pod.terminationGracePeriodSeconds);
    });

    it('has the probes and the port that the worker program serves', () => {
      for (const { container } of workers) {
        const { port } = readConfig(environmentOf(manifests, container));
        expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
        expect(container.startupProbe.httpGet?.path).toBe('/livez');
        expect(container.livenessProbe.httpGet?.path).toBe('/livez');
        expect(container.readinessProbe.httpGet?.path).toBe('/readyz');
      }
    });
  });
});

/** What Google's own example for Spot pods has: https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms. */
const SPOT_GRACE_SECONDS = 25;

interface TritonPod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  }[];
}

function endOfTriton(spec: unknown): {
  pod: TritonPod;
  preStopSeconds: number;
  exitSeconds: number;
} {
  const pod = (spec as { template: { spec: TritonPod } }).template.spec;
  const { args, lifecycle } = pod.containers[0]!;
  const exit = args.find((arg) => arg.startsWith('--exit-timeout-secs='));
  return {
    pod,
    preStopSeconds: lifecycle.preStop.sleep.seconds,
    exitSeconds: Number(exit?.split('=')[1]),
  };
}

type Selector = readonly [name: string, selector: Labels];

function servicesOf(manifests: readonly Manifest[]): Selector[] {
  return ofKind(manifests, 'Service').map(({ metadata, spec }) => [
    `Service ${metadata.name}`,
    (spec as { selector: Labels }).selector,
  ]);
}

function budgetsOf(manifests: readonly Manifest[]): Selector[] {
  return ofKind(manifests, 'PodDisruptionBudget').map(({ metadata, spec }) => [
    `budget ${metadata.name}`,
    (spec as { selector: { matchLabels: Labels } }).selector.matchLabels,
  ]);
}

function podsOf(workloads: readonly Workload[], selector: Labels): Workload[] {
  return workloads.filter(({ labels }) => selects(selector, labels));
}

function portsOf({ ports }: Container): string[] {
  return ports.map(({ name }) => name);
}

function probePorts({ startupProbe, livenessProbe, readinessProbe }: Container): string[] {
  return [startupProbe, livenessProbe, readinessProbe].flatMap(
    ({ httpGet }) => httpGet?.port ?? [],
  );
}

function environmentOf(
  manifests: readonly Manifest[],
  { env = [], envFrom = [] }: Container,
): Record<string, string> {
  const maps = envFrom.map(({ configMapRef }) =>
    manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name,
    ),
  );
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return Object.assign({}, ...maps.map((map) => map?.data ?? {}), own) as Record<string, string>;
}
