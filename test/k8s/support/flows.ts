import { type Labels, type Manifest, ofKind, selects } from './manifests.ts';

/** An end of a connection: a pod by its labels, its namespace's name, or an address outside of the cluster. */
export type End =
  | { readonly labels: Labels; readonly namespace: string }
  | { readonly address: string };

/** A connection that is tried. */
export interface Flow {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  /** Its name, where the target's container has one for it. */
  readonly portName?: string;
}

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number | string }[];
}

interface PolicySpec {
  readonly podSelector: { readonly matchLabels?: Labels };
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

/** Whether the policies let a connection through: both ends must, where they are pods that a policy selects. */
export function isAllowed(manifests: readonly Manifest[], flow: Flow): boolean {
  const policies = ofKind(manifests, 'NetworkPolicy').map(({ metadata, spec }) => ({
    namespace: metadata.namespace!,
    spec: spec as PolicySpec,
  }));
  const lets = (type: 'Ingress' | 'Egress', end: End, other: End): boolean => {
    const selecting = policies.filter(
      ({ namespace, spec }) =>
        spec.policyTypes.includes(type) &&
        'labels' in end &&
        namespace === end.namespace &&
        selects(spec.podSelector.matchLabels, end.labels),
    );
    const rules = selecting.flatMap(({ namespace, spec }) =>
      ((type === 'Ingress' ? spec.ingress : spec.egress) ?? []).map((rule) => ({
        rule,
        namespace,
      })),
    );
    return selecting.length === 0 || rules.some((each) => matches(each, flow, other));
  };
  return lets('Egress', flow.from, flow.to) && lets('Ingress', flow.to, flow.from);
}

function matches(
  { rule, namespace }: { rule: Rule; namespace: string },
  { port, portName }: Flow,
  other: End,
): boolean {
  const isPort = rule.ports?.some((each) => each.port === port || each.port === portName) ?? true;
  const peers = rule.from ?? rule.to;
  return isPort && (peers?.some((peer) => isPeer(peer, other, namespace)) ?? true);
}

function isPeer(peer: Peer, end: End, policyNamespace: string): boolean {
  if ('address' in end) return peer.ipBlock !== undefined && isInBlock(peer.ipBlock, end.address);
  if (peer.ipBlock) return false;
  // Every namespace has its name as this label.
  const namespaceLabels = { 'kubernetes.io/metadata.name': end.namespace };
  const isNamespace = peer.namespaceSelector
    ? selects(peer.namespaceSelector.matchLabels, namespaceLabels)
    : end.namespace === policyNamespace;
  return isNamespace && selects(peer.podSelector?.matchLabels, end.labels);
}

function isInBlock({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, address: string): boolean {
  return isInRange(cidr, address) && !except.some((range) => isInRange(range, address));
}

function isInRange(cidr: string, address: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const sizes = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(base) / sizes) === Math.floor(toNumber(address) / sizes);
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
