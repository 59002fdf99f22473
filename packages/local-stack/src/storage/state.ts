import type { BucketStore } from './bucket-store.ts';
import type { StorageReply, StorageRequest } from './request.ts';
import type { UploadSessions } from './resumable.ts';

/** Everything a server remembers. */
export interface StorageState {
  readonly store: BucketStore;
  readonly sessions: UploadSessions;
  readonly maxObjectBytes: number;
}

/** Answers one kind of request, or throws a `StorageError`. */
export type Handler = (
  state: StorageState,
  request: StorageRequest,
) => StorageReply | Promise<StorageReply>;
