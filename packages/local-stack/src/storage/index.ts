/**
 * Cloud Storage in process: buckets, objects and uploads over the JSON API, in memory. For tests and laptops; no
 * authentication, no access control, no object versioning.
 */
export { startStorage, type StorageOptions, type StorageServer } from './server.ts';
