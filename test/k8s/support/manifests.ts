import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT, runs } from '../../support/repository.ts';

/** What `kubectl apply -k` is documented for, below k8s/. */
export const FOLDERS = [
  '.',
  'base/triton',
  'overlays/default',
  'overlays/gke',
  'overlays/local',
] as const;

/** A Kubernetes object, as far as tests look at it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
  };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** Labels, or what must equal them. */
export type Labels = Readonly<Record<string, string>>;

/** A probe over HTTP, or by a command in the container. */
interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly exec?: { readonly command: readonly string[] };
}

/** A container of a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
}

/** The parts of a Deployment that its pods have. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly selector: Labels;
  readonly serviceAccountName: string;
  readonly container: Container;
}

/** Whether this machine has kubectl, which renders the manifests. */
export const hasKubectl: boolean = runs('kubectl', 'version', '--client');

/** Objects of a folder below k8s/, or of an absolute one, as `kubectl apply -k` would send them. @throws Error with what kubectl says */
export function render(folder: string): Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', resolve(ROOT, 'k8s', folder)], {
    encoding: 'utf8',
  });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** Its Deployments. */
export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return ofKind(manifests, 'Deployment').map(({ metadata, spec }) => {
    const { selector, template } = spec as DeploymentSpec;
    return {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      labels: template.metadata.labels,
      selector: selector.matchLabels,
      serviceAccountName: template.spec.serviceAccountName,
      container: template.spec.containers[0]!,
    };
  });
}

interface DeploymentSpec {
  readonly selector: { readonly matchLabels: Labels };
  readonly template: {
    readonly metadata: { readonly labels: Labels };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly containers: readonly Container[];
    };
  };
}

/** Objects of one kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((each) => each.kind === kind);
}

/** True where all of `wanted` are among `labels`. */
export function selects(wanted: Labels | undefined, labels: Labels): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);
}
