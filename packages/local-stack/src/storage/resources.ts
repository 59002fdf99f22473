import type { Bucket, StoredObject } from './bucket-store.ts';

/** The JSON resource of an object (`storage#object`). 64-bit integers are strings in it. */
export function objectResource(object: StoredObject, origin: string): Record<string, unknown> {
  const { bucket, name } = object;
  const generation = String(object.generation);
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  const created = new Date(object.createdMs).toISOString();
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/storage/v1/${path}`,
    mediaLink: `${origin}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    bucket,
    name,
    generation,
    metageneration: String(object.metageneration),
    size: String(object.bytes.length),
    crc32c: object.crc32c,
    md5Hash: object.md5Hash,
    etag: etagOf(object),
    storageClass: 'STANDARD',
    timeCreated: created,
    timeStorageClassUpdated: created,
    updated: new Date(object.updatedMs).toISOString(),
    ...object.fields,
  };
}

/** The JSON resource of a bucket (`storage#bucket`). */
export function bucketResource(bucket: Bucket, origin: string): Record<string, unknown> {
  const metageneration = String(bucket.metageneration);
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${origin}/storage/v1/b/${bucket.name}`,
    name: bucket.name,
    projectNumber: '0',
    metageneration,
    etag: etag(metageneration),
    timeCreated: new Date(bucket.createdMs).toISOString(),
    updated: new Date(bucket.updatedMs).toISOString(),
    ...bucket.settings,
  };
}

/** Changes with every generation and metageneration. */
export function etagOf(object: StoredObject): string {
  return etag(`${object.generation}/${object.metageneration}`);
}

function etag(version: string): string {
  return Buffer.from(version).toString('base64');
}
