import {
  type Binding,
  newPolicy,
  type Policy,
  PolicyRefusal,
  replacePolicy,
  viewPolicy,
} from '../policy.ts';
import type { Registry } from './registry.ts';
import { aborted, invalidArgument, type RpcError } from './rpc-error.ts';
import type { UnaryHandler } from './rpc.ts';

/** google.iam.v1.Policy as `protos.ts` decodes it. */
interface PolicyMessage {
  readonly version: number;
  readonly bindings: readonly Binding[];
  readonly etag: Uint8Array;
}

/** Handlers of google.iam.v1.IAMPolicy for topics and subscriptions; who calls is not asked. */
export function iamHandlers(registry: Registry): Record<string, UnaryHandler> {
  // A resource takes its policy with it when it is deleted.
  const policies = new WeakMap<object, Policy>();
  const policyOf = (owner: object) => policies.get(owner) ?? NOBODY;
  return {
    GetIamPolicy: (request: {
      resource: string;
      options: { requestedPolicyVersion: number } | null;
    }) => {
      const policy = policyOf(ownerOf(registry, request.resource));
      return toMessage(policy, request.options?.requestedPolicyVersion ?? 1);
    },

    SetIamPolicy: (request: { resource: string; policy: PolicyMessage | null }) => {
      const owner = ownerOf(registry, request.resource);
      if (request.policy === null) throw invalidArgument('No policy is given.');
      const { version, bindings } = request.policy;
      const etag = Buffer.from(request.policy.etag).toString('base64');
      const policy = refusing(() => replacePolicy(policyOf(owner), { version, bindings, etag }));
      policies.set(owner, policy);
      return toMessage(policy, version);
    },
  };
}

const NOBODY = newPolicy([]);

function ownerOf(registry: Registry, resource: string): object {
  return /^projects\/[^/]+\/topics\//.test(resource)
    ? registry.topic(resource)
    : registry.subscription(resource);
}

function toMessage(policy: Policy, version: number): PolicyMessage {
  return { ...viewPolicy(policy, version), etag: Buffer.from(policy.etag, 'base64') };
}

function refusing(write: () => Policy): Policy {
  try {
    return write();
  } catch (error) {
    throw error instanceof PolicyRefusal ? rpcErrorOf(error) : error;
  }
}

function rpcErrorOf({ reason, message }: PolicyRefusal): RpcError {
  return reason === 'conflict' ? aborted(message) : invalidArgument(message);
}
