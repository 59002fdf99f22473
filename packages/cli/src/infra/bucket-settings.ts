import type { CloudClients } from '@imagen/worker';
import { OPERATION_NAMES, resultFolder } from '@imagen/contracts';
import type { Target } from './resources.ts';
import type { SettingField } from './setting-fields.ts';

/** A bucket as the Cloud Storage API takes and gives it. */
export type BucketMessage = ReturnType<CloudClients['storage']['bucket']>['metadata'];

/** Uploads that were begun and not finished are dropped after so many days, as Cloud Storage drops resumable ones. */
const UNFINISHED_DAYS = 7;

/** What is compared of a bucket. */
export const BUCKET_FIELDS: readonly SettingField<BucketMessage>[] = [
  { word: 'location', field: 'location', isFixed: true, show: ({ location }) => location },
  {
    word: 'number of its project',
    field: 'projectNumber',
    isFixed: true,
    show: ({ projectNumber }) => projectNumber?.toString(),
  },
  {
    word: 'uniform bucket-level access',
    field: 'iamConfiguration',
    show: ({ iamConfiguration }) =>
      iamConfiguration?.uniformBucketLevelAccess?.enabled ? 'on' : 'off',
  },
  {
    word: 'public access prevention',
    field: 'iamConfiguration',
    show: ({ iamConfiguration }) => iamConfiguration?.publicAccessPrevention ?? 'inherited',
  },
  { word: 'lifecycle', field: 'lifecycle', show: showLifecycle },
];

/** What a bucket of imagen is set to. Records are never deleted: what makes a job's result the only one is its record. */
export function bucketMessage(bucket: string, target: Target): BucketMessage {
  const { location, resultsBucket, resultsDays } = target;
  const condition = { age: UNFINISHED_DAYS };
  const rules: LifecycleRules = [{ action: { type: 'AbortIncompleteMultipartUpload' }, condition }];
  if (bucket === resultsBucket && resultsDays !== undefined) {
    const matchesPrefix = OPERATION_NAMES.map(resultFolder);
    rules.push({ action: { type: 'Delete' }, condition: { age: resultsDays, matchesPrefix } });
  }
  return {
    ...(location !== undefined && { location: location.toUpperCase() }),
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: true },
      publicAccessPrevention: 'enforced',
    },
    lifecycle: { rule: rules },
  };
}

type LifecycleRules = NonNullable<NonNullable<BucketMessage['lifecycle']>['rule']>;

function showLifecycle({ lifecycle }: BucketMessage): string {
  const rules = (lifecycle?.rule ?? []).map(({ action, condition }) => {
    const { age, ...others } = condition;
    const rest = Object.entries(others).map(
      ([key, value]) => `, ${key} ${[value].flat().map(String).toSorted().join(' ')}`,
    );
    return `${action.type} after ${String(age ?? 0)} d${rest.toSorted().join('')}`;
  });
  return rules.toSorted().join('; ') || 'none';
}
