import { invalid } from './errors.ts';
import type { JsonObject } from './object-fields.ts';

/** The part of a bucket resource that clients may set. It is kept and echoed; nothing is done about it. */
export type BucketSettings = JsonObject;

const FIELDS: ReadonlySet<string> = new Set([
  'iamConfiguration',
  'labels',
  'lifecycle',
  'storageClass',
  'versioning',
]);
const DEFAULTS: BucketSettings = {
  iamConfiguration: {
    uniformBucketLevelAccess: { enabled: false },
    publicAccessPrevention: 'inherited',
  },
  location: 'US',
  locationType: 'multi-region',
  storageClass: 'STANDARD',
};
const MULTI_REGIONS: ReadonlySet<string> = new Set(['US', 'EU', 'ASIA']);

/** Settings of a new bucket. @throws StorageError 400 */
export function newBucketSettings(requested: JsonObject): BucketSettings {
  const { location: asked = 'US', ...patch } = requested;
  if (typeof asked !== 'string') throw invalid('Invalid value for location: expected a string');
  const location = asked.toUpperCase();
  const locationType = MULTI_REGIONS.has(location) ? 'multi-region' : 'region';
  return patchBucketSettings({ ...DEFAULTS, location, locationType }, patch);
}

/** Applies a JSON merge patch; fields that clients cannot set are passed over. @throws StorageError 400 for its location */
export function patchBucketSettings(settings: BucketSettings, patch: JsonObject): BucketSettings {
  if ('location' in patch) throw invalid('The location of a bucket cannot be changed');
  const settable = Object.entries(patch).filter(([field]) => FIELDS.has(field));
  return merge(settings, Object.fromEntries(settable));
}

/** True where IAM alone decides, as conditions in policies need it. */
export function hasUniformAccess({ iamConfiguration }: BucketSettings): boolean {
  const { uniformBucketLevelAccess } = iamConfiguration as JsonObject;
  return (uniformBucketLevelAccess as JsonObject)['enabled'] === true;
}

/** RFC 7396. */
function merge(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? merge(isObject(before) ? before : {}, value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
