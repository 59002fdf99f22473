import { runs } from '../../support/repository.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { controlPlaneBinaries } from './control-plane-binaries.ts';
import { hasKubectl } from './manifests.ts';
import { customResourceDefinitions, nodeList } from './nodes.ts';

/** What building and asking a control plane needs and this machine lacks. */
export const missingTools: readonly string[] = [
  ...(hasKubectl ? [] : ['kubectl']),
  ...['go', 'openssl'].filter((tool) => !runs(tool, 'version')),
];

/** Building the control plane takes minutes the first time. */
export const START_LIMIT_MS = 1_800_000;

/** Starts a control plane with nodes like GKE's and the custom resources of the overlay for GKE. */
export async function startCluster(): Promise<ControlPlane> {
  await using starting = new AsyncDisposableStack();
  const cluster = starting.use(await startControlPlane(await controlPlaneBinaries()));
  await cluster.kubectlWith(nodeList(), 'apply', '-f', '-');
  await cluster.kubectlWith(customResourceDefinitions(), 'apply', '-f', '-');
  await cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  starting.move();
  return cluster;
}
