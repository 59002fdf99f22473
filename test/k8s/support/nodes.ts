interface Node {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Readonly<Record<string, string>>[];
  readonly capacity: Readonly<Record<string, string>>;
}

const ZONES = ['us-central1-a', 'us-central1-b', 'us-central1-c'];
const SPOT = { key: 'cloud.google.com/gke-spot', value: 'true', effect: 'NoSchedule' };
const GPU = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
// What GKE leaves of an n1-standard-4 and an e2-standard-4 for pods.
const N1 = { cpu: '3920m', memory: '12000Mi', 'nvidia.com/gpu': '1', pods: '110' };
const E2 = { cpu: '3920m', memory: '13000Mi', pods: '110' };
const DISK = { 'ephemeral-storage': '47Gi' };

/** Nodes with the labels and taints of GKE's: general purpose in three zones, a Spot one, a Spot T4, and one that a compute class has made. */
const NODES: readonly Node[] = [
  ...ZONES.map((zone) => ({
    name: `general-${zone}`,
    labels: { 'topology.kubernetes.io/zone': zone },
    capacity: E2,
  })),
  {
    name: 'spot-general',
    labels: { 'cloud.google.com/gke-spot': 'true' },
    taints: [SPOT],
    capacity: E2,
  },
  {
    name: 'spot-t4',
    labels: {
      'cloud.google.com/gke-accelerator': 'nvidia-tesla-t4',
      'cloud.google.com/gke-spot': 'true',
    },
    taints: [SPOT, GPU],
    capacity: N1,
  },
  {
    name: 'compute-class-t4',
    labels: { 'cloud.google.com/compute-class': 'imagen-gpu' },
    taints: [SPOT, GPU],
    capacity: N1,
  },
];

/** The nodes as JSON for `kubectl apply -f`. */
export function nodeList(): string {
  const items = NODES.map(({ name, labels, taints = [], capacity }) => {
    const resources = { ...capacity, ...DISK };
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: { taints },
      status: { capacity: resources, allocatable: resources },
    };
  });
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** Custom resources of the overlay for GKE: the API server only has to know their names. */
const KINDS = [
  ['keda.sh', 'v1alpha1', 'ScaledObject', 'Namespaced'],
  ['keda.sh', 'v1alpha1', 'TriggerAuthentication', 'Namespaced'],
  ['monitoring.googleapis.com', 'v1', 'PodMonitoring', 'Namespaced'],
  ['monitoring.googleapis.com', 'v1', 'Rules', 'Namespaced'],
  ['cloud.google.com', 'v1', 'ComputeClass', 'Cluster'],
] as const;

/** Their definitions as JSON for `kubectl apply -f`; the schemas beside the tests check what is in them. */
export function customResourceDefinitions(): string {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const items = KINDS.map(([group, name, kind, scope]) => {
    const singular = kind.toLowerCase();
    const plural = kind === 'ComputeClass' ? 'computeclasses' : `${singular.replace(/s$/, '')}s`;
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope,
        names: { kind, singular, plural },
        versions: [{ name, served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    };
  });
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
