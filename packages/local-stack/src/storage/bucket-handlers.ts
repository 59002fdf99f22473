import {
  type Binding,
  isConditional,
  type Policy,
  PolicyRefusal,
  replacePolicy,
  type VersionedPolicy,
  viewPolicy,
} from '../policy.ts';
import { hasUniformAccess, newBucketSettings, patchBucketSettings } from './bucket-settings.ts';
import { invalid, StorageError } from './errors.ts';
import { listPage, parseListQuery } from './listing.ts';
import {
  emptyReply,
  jsonReply,
  readJson,
  type StorageReply,
  type StorageRequest,
} from './request.ts';
import { bucketResource } from './resources.ts';
import type { StorageState } from './state.ts';

/** Creates the bucket that the body names, in the project that the query names. */
export async function createBucket(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const { name, ...patch } = await readJson(request);
  if (typeof name !== 'string') {
    throw new StorageError(400, 'required', 'Required: the name of the bucket');
  }
  const owners = firstBindings(request.query.get('project') ?? '');
  const bucket = store.createBucket(name, newBucketSettings(patch), owners);
  return jsonReply(bucketResource(bucket, request.origin));
}

/** Answers with the bucket's resource. */
export function getBucket({ store }: StorageState, request: StorageRequest): StorageReply {
  return jsonReply(bucketResource(store.getBucket(request.params.bucket), request.origin));
}

/** Changes the settings that the body names; null takes one away. */
export async function patchBucket(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const patch = await readJson(request);
  const bucket = store.updateBucket(request.params.bucket, ({ settings }) => ({
    settings: patchBucketSettings(settings, patch),
  }));
  return jsonReply(bucketResource(bucket, request.origin));
}

/** Answers with the bucket's IAM policy; who asks is not asked. */
export function getPolicy({ store }: StorageState, request: StorageRequest): StorageReply {
  const version = request.query.get('optionsRequestedPolicyVersion') ?? '1';
  const { name, policy } = store.getBucket(request.params.bucket);
  return policyReply(name, policy, Number(version));
}

/** Replaces the bucket's IAM policy, if it is the one that the caller has read. */
export async function setPolicy(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const {
    version = 1,
    bindings = [],
    etag,
  } = (await readJson(request)) as Partial<VersionedPolicy>;
  const { name, policy } = store.updateBucket(request.params.bucket, (bucket) => {
    if (bindings.some(isConditional) && !hasUniformAccess(bucket.settings)) {
      throw invalid('Conditions need uniform bucket-level access');
    }
    return { policy: refusing(() => replacePolicy(bucket.policy, { version, bindings, etag })) };
  });
  return policyReply(name, policy, version);
}

function policyReply(bucket: string, policy: Policy, version: number): StorageReply {
  const resourceId = `projects/_/buckets/${bucket}`;
  return jsonReply({ kind: 'storage#policy', resourceId, ...viewPolicy(policy, version) });
}

/** What a project's basic roles come to in a new bucket of it. */
function firstBindings(project: string): Binding[] {
  const owners = [`projectEditor:${project}`, `projectOwner:${project}`];
  return [
    { role: 'roles/storage.legacyBucketOwner', members: owners },
    { role: 'roles/storage.legacyBucketReader', members: [`projectViewer:${project}`] },
  ];
}

function refusing(write: () => Policy): Policy {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof PolicyRefusal)) throw error;
    if (error.reason === 'invalid') throw invalid(error.message);
    throw new StorageError(412, 'conditionNotMet', error.message);
  }
}

/** Lists the buckets of all projects: this server knows only one. */
export function listBuckets({ store }: StorageState, request: StorageRequest): StorageReply {
  const page = listPage(store.bucketNames(), parseListQuery(request.query));
  const items = page.names.map((name) => bucketResource(store.getBucket(name), request.origin));
  return jsonReply({ kind: 'storage#buckets', items, nextPageToken: page.nextPageToken });
}

/** Deletes an empty bucket. */
export function deleteBucket({ store }: StorageState, request: StorageRequest): StorageReply {
  store.deleteBucket(request.params.bucket);
  return emptyReply(204);
}
