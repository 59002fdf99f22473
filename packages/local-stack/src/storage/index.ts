/**
 * Cloud Storage in process: buckets, objects and uploads over the JSON API, in memory. For tests and laptops; no
 * authentication, no access control, no object versioning.
 */
export type { StorageEffect, StorageFaults, StorageTarget } from './faults.ts';
export {
  startStorage,
  type StorageJournalEntry,
  type StorageOptions,
  type StorageServer,
} from './server.ts';
