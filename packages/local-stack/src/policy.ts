import { createHash } from 'node:crypto';

/** When a binding holds, in the Common Expression Language. */
interface Condition {
  readonly title: string;
  readonly description?: string;
  readonly expression: string;
}

/** Who has a role. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Condition | null | undefined;
}

/** An IAM policy as it is kept: who may do what with one resource. Nobody is held to it. */
export interface Policy {
  readonly bindings: readonly Binding[];
  /** Base64; changes with every write. */
  readonly etag: string;
}

/** A policy as callers send and get it: without an etag it replaces whatever is there. */
export interface VersionedPolicy {
  readonly version: number;
  readonly bindings: readonly Binding[];
  readonly etag?: string | undefined;
}

/** Why a policy is not taken: another one was written meanwhile, or it has conditions that its version has not. */
export class PolicyRefusal extends Error {
  readonly reason: 'conflict' | 'invalid';

  constructor(reason: 'conflict' | 'invalid', message: string) {
    super(message);
    this.name = 'PolicyRefusal';
    this.reason = reason;
  }
}

/** The only version that has conditions. */
const CONDITIONS_VERSION = 3;
let writes = 0;

/** A policy that was just written. */
export function newPolicy(bindings: readonly Binding[]): Policy {
  writes += 1;
  return { bindings, etag: Buffer.from(`policy ${writes}`).toString('base64') };
}

/** What a caller sees who understands `requestedVersion`: below 3 its conditions are only hinted at in the names of roles. */
export function viewPolicy({ bindings, etag }: Policy, requestedVersion: number): VersionedPolicy {
  if (!bindings.some(isConditional)) return { version: 1, bindings, etag };
  if (requestedVersion >= CONDITIONS_VERSION) {
    return { version: CONDITIONS_VERSION, bindings, etag };
  }
  return { version: 1, bindings: bindings.map(withoutCondition), etag };
}

/** The policy after a write. @throws PolicyRefusal */
export function replacePolicy(current: Policy, requested: VersionedPolicy): Policy {
  const { bindings, etag, version } = requested;
  if ((etag ?? '') !== '' && etag !== current.etag) {
    throw new PolicyRefusal('conflict', 'The policy has changed since it was read; read it again.');
  }
  if (bindings.some(isConditional) && version !== CONDITIONS_VERSION) {
    throw new PolicyRefusal('invalid', 'A policy with conditions must have the version 3.');
  }
  return newPolicy(bindings.filter(({ members }) => members.length > 0));
}

/** True for a binding that does not always hold. */
export function isConditional({ condition }: Binding): boolean {
  return (condition?.expression ?? '') !== '';
}

function withoutCondition({ role, members, condition }: Binding): Binding {
  if (!condition?.expression) return { role, members };
  const hash = createHash('sha256').update(condition.expression).digest('hex').slice(0, 20);
  return { role: `${role}_withcond_${hash}`, members };
}
