import { showMember } from './grants.ts';
import type { Change } from './plan.ts';
import type { Grant } from './resources.ts';

const SIGNS = { create: '+', change: '~', remove: '-' } as const;

/** Not worth a line where a resource is new. */
const NOTHING: ReadonlySet<string> = new Set(['none', 'off', 'no']);

/** A plan for people: a line per resource, and one per setting and grant. */
export function renderPlan(changes: readonly Change[]): string {
  const lines = changes.flatMap(({ action, resource, settings, add, remove }) => [
    `${SIGNS[action]} ${action} ${resource.kind} ${resource.name}`,
    ...settings.map(({ word, from, to }) => `    ~ ${word}: ${from} → ${to}`),
    ...(action === 'create'
      ? Object.entries(resource.settings)
          .filter(([, text]) => !NOTHING.has(text))
          .map(([word, text]) => `      ${word}: ${text}`)
      : []),
    ...remove.map((grant) => `    - ${showGrant(grant)}`),
    ...add.map((grant) => `    + ${showGrant(grant)}`),
  ]);
  return [...lines, summaryOf(changes)].join('\n');
}

function summaryOf(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing to do';
  const count = (wanted: Change['action']): number =>
    changes.filter(({ action }) => action === wanted).length;
  return `${count('create')} to create, ${count('change')} to change, ${count('remove')} to remove`;
}

/** A plan for programs. */
export function planAsJson(changes: readonly Change[]): object[] {
  return changes.map(({ resource: { kind, name }, ...change }) => ({ kind, name, ...change }));
}

function showGrant({ role, member, condition }: Grant): string {
  const where = condition ? ` (${condition.title})` : '';
  return `${role} for ${showMember(member)}${where}`;
}
