import { BUCKET_FIELDS } from './bucket-settings.ts';
import { type Change, type FoundResources, keyOf } from './plan.ts';
import type { Kind, Resource } from './resources.ts';
import { SUBSCRIPTION_FIELDS } from './subscription-settings.ts';

const FIXED: Readonly<Record<Kind, ReadonlySet<string>>> = {
  topic: new Set(),
  subscription: fixedWords(SUBSCRIPTION_FIELDS),
  bucket: fixedWords(BUCKET_FIELDS),
  'source bucket': new Set(),
};

/** What the changes ask for and no call can do, each with what a person can do about it. */
export function findProblems(
  desired: readonly Resource[],
  found: FoundResources,
  changes: readonly Change[],
): string[] {
  const absent = desired.filter(
    (resource) => resource.kind === 'source bucket' && !found.has(keyOf(resource)),
  );
  return [
    ...absent.map(({ name }) => `there is no bucket ${name}: see --source-bucket`),
    ...changes.flatMap(({ resource, settings }) =>
      settings
        .filter(({ word }) => FIXED[resource.kind].has(word))
        .map(({ word, from, to }) => {
          const what = `${word} of ${resource.kind} ${resource.name}`;
          return `${what}: ${from} → ${to} cannot be changed in place. ${wayOut(resource)}`;
        }),
    ),
  ];
}

function wayOut({ kind, name }: Resource): string {
  return kind === 'bucket'
    ? 'Name another bucket in IMAGEN_RESULTS_BUCKET or IMAGEN_SOURCES_BUCKET, or empty and delete this one: ' +
        `gcloud storage rm --recursive gs://${name}`
    : 'Delete it, with the messages that it holds, and apply again: ' +
        `gcloud pubsub ${kind}s delete ${name}`;
}

function fixedWords(fields: readonly { word: string; isFixed?: true }[]): ReadonlySet<string> {
  return new Set(fields.filter(({ isFixed }) => isFixed).map(({ word }) => word));
}
