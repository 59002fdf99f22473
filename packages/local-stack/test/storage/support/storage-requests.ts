import { BucketStore, type NewObject } from '../../../src/storage/bucket-store.ts';
import { StorageError } from '../../../src/storage/errors.ts';
import { parsePreconditions, type Preconditions } from '../../../src/storage/preconditions.ts';

/** A store with the bucket `pictures`, whose clock stands at 1000 ms unless told otherwise. */
export function storeWithBucket(nowMs: () => number = () => 1000): BucketStore {
  const store = new BucketStore(nowMs);
  store.createBucket('pictures');
  return store;
}

/** An object for the bucket `pictures`. */
export function newObject(change: Partial<NewObject> = {}): NewObject {
  return {
    bucket: 'pictures',
    name: 'cat',
    bytes: Buffer.from('meow'),
    fields: {},
    expectedHashes: [],
    ...change,
  };
}

/** Preconditions as they stand in a query; without an argument none. */
export function conditions(query: Record<string, string> = {}): Preconditions {
  return parsePreconditions(new URLSearchParams(query));
}

/** HTTP status with which an action is refused; 0 if it is not. */
export function refusal(action: () => unknown): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (error instanceof StorageError) return error.status;
    throw error;
  }
}
