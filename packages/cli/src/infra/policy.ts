import type { Grant } from './resources.ts';

/** An IAM policy as APIs give it; what is not named here is written back as it was. */
export interface Policy {
  readonly version?: number | null;
  readonly etag?: string | Uint8Array | null;
  readonly bindings?: readonly Binding[] | null;
}

interface Binding {
  readonly role?: string | null;
  readonly members?: readonly string[] | null;
  readonly condition?: {
    readonly title?: string | null;
    readonly expression?: string | null;
  } | null;
}

/** The version of policies that may have conditions. */
export const POLICY_VERSION = 3;

/** A policy as a list. */
export function grantsIn({ bindings }: Policy): Grant[] {
  return (bindings ?? []).flatMap(({ role, members, condition }) => {
    const { title, expression } = condition ?? {};
    const when = expression ? { title: title ?? '', expression } : undefined;
    return (members ?? []).map((member) => grantOf(role ?? '', member, when));
  });
}

function grantOf(role: string, member: string, condition: Grant['condition']): Grant {
  return condition ? { role, member, condition } : { role, member };
}

/** The policy with some grants more and some fewer; bindings of others stay as they are. */
export function editPolicy(
  policy: Policy,
  { add, remove }: { readonly add: readonly Grant[]; readonly remove: readonly Grant[] },
): Policy {
  let bindings = [...(policy.bindings ?? [])];
  for (const grant of remove) {
    bindings = bindings.map((binding) =>
      fits(binding, grant) ? { ...binding, members: membersBut(binding, grant) } : binding,
    );
  }
  for (const grant of add) {
    const { role, member, condition } = grant;
    const at = bindings.findIndex((binding) => fits(binding, grant));
    const { members = [], ...binding } = bindings[at] ?? { role, ...(condition && { condition }) };
    const added = { ...binding, members: [...new Set([...(members ?? []), member])] };
    bindings.splice(at === -1 ? bindings.length : at, 1, added);
  }
  const left = bindings.filter(({ members }) => members && members.length > 0);
  return { ...policy, version: POLICY_VERSION, bindings: left };
}

function fits({ role, condition }: Binding, grant: Grant): boolean {
  return (
    role === grant.role && (condition?.expression || undefined) === grant.condition?.expression
  );
}

function membersBut({ members }: Binding, grant: Grant): string[] {
  return (members ?? []).filter((member) => member !== grant.member);
}
