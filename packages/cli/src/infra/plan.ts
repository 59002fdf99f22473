import type { Grant, Kind, Resource, Settings } from './resources.ts';

/** A resource as it is. */
export interface Found {
  readonly settings: Settings;
  readonly grants: readonly Grant[];
}

/** What is there, by `keyOf`. */
export type FoundResources = ReadonlyMap<string, Found>;

/** One setting that is not as it should be. */
interface SettingChange {
  readonly word: string;
  readonly from: string;
  readonly to: string;
}

/** What has to be done about one resource. */
export interface Change {
  readonly action: 'create' | 'change' | 'remove';
  readonly resource: Resource;
  readonly settings: readonly SettingChange[];
  readonly add: readonly Grant[];
  readonly remove: readonly Grant[];
}

/** Where a resource is to be found among those that are there. */
export const keyOf = ({ kind, name }: { kind: Kind; name: string }): string => `${kind} ${name}`;

/**
 * What makes a project as it should be. Of the roles that are there and should not be, only those of `workers` go,
 * and only from our own resources: other members are none of our business.
 */
export function planApply(
  desired: readonly Resource[],
  found: FoundResources,
  workers: ReadonlySet<string>,
): Change[] {
  return desired.flatMap((resource): Change[] => {
    const actual = found.get(keyOf(resource));
    if (actual === undefined) {
      if (resource.kind === 'source bucket') return [];
      const { grants: add } = resource;
      return [{ action: 'create', resource, settings: [], add, remove: [] }];
    }
    const settings = settingChanges(resource.settings, actual.settings);
    const { grants } = actual;
    const add = without(resource.grants, grants);
    const remove =
      resource.kind === 'source bucket'
        ? []
        : without(grants, resource.grants).filter(({ member }) => workers.has(member));
    const isDone = settings.length + add.length + remove.length === 0;
    return isDone ? [] : [{ action: 'change', resource, settings, add, remove }];
  });
}

/** What takes away all that `planApply` would have made; of source buckets only the grants. */
export function planDestroy(desired: readonly Resource[], found: FoundResources): Change[] {
  return desired.toReversed().flatMap((resource): Change[] => {
    const actual = found.get(keyOf(resource));
    if (actual === undefined) return [];
    if (resource.kind !== 'source bucket') {
      return [{ action: 'remove', resource, settings: [], add: [], remove: [] }];
    }
    const remove = resource.grants.filter((grant) => has(actual.grants, grant));
    if (remove.length === 0) return [];
    return [{ action: 'change', resource, settings: [], add: [], remove }];
  });
}

function settingChanges(desired: Settings, actual: Settings): SettingChange[] {
  return Object.entries(desired).flatMap(([word, to]) => {
    const from = actual[word] ?? 'none';
    return from === to ? [] : [{ word, from, to }];
  });
}

function without(grants: readonly Grant[], others: readonly Grant[]): Grant[] {
  return grants.filter((grant) => !has(others, grant));
}

function has(grants: readonly Grant[], { role, member, condition }: Grant): boolean {
  return grants.some(
    (grant) =>
      grant.role === role &&
      grant.member === member &&
      grant.condition?.expression === condition?.expression,
  );
}
