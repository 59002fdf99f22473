import { StorageError } from './errors.ts';
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

/** Creates the bucket that the body names; its other settings are passed over. */
export async function createBucket(
  { store }: StorageState,
  request: StorageRequest,
): Promise<StorageReply> {
  const { name } = await readJson(request);
  if (typeof name !== 'string') {
    throw new StorageError(400, 'required', 'Required: the name of the bucket');
  }
  return jsonReply(bucketResource(store.createBucket(name), request.origin));
}

/** Answers with the bucket's resource. */
export function getBucket({ store }: StorageState, request: StorageRequest): StorageReply {
  return jsonReply(bucketResource(store.getBucket(request.params.bucket), request.origin));
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
