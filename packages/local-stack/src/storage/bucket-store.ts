import { type Binding, newPolicy, type Policy } from '../policy.ts';
import { type BucketSettings, newBucketSettings } from './bucket-settings.ts';
import { type Checksums, checksumsOf, verifyChecksums } from './checksums.ts';
import { notFound, StorageError } from './errors.ts';
import { checkBucketName, checkObjectName } from './names.ts';
import type { ObjectFields } from './object-fields.ts';
import { checkPreconditions, type Preconditions, type Revision } from './preconditions.ts';

/** One live object. Never changed in place, so a reader keeps what it got; `bytes` must not be written to. */
export interface StoredObject extends Revision, Checksums {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly fields: ObjectFields;
  /** Milliseconds since 1970, like all times here. */
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Names an object; a generation other than the live one is not found, because old ones are not kept. */
export interface ObjectRef {
  readonly bucket: string;
  readonly name: string;
  readonly generation?: number | undefined;
}

/** An object about to be written. The store keeps `bytes` without copying them. */
export interface NewObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly fields: ObjectFields;
  /** `X-Goog-Hash` items (`crc32c=…`, `md5=…`) that must be true of `bytes`. */
  readonly expectedHashes: readonly string[];
}

/** A bucket without its objects. */
export interface Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** 1 when it is created, one more with every change. */
  readonly metageneration: number;
  readonly settings: BucketSettings;
  readonly policy: Policy;
}

/**
 * Buckets and objects in memory, one live generation per object. Every method runs to its end without awaiting, so each
 * is atomic: of several writers with `ifGenerationMatch: 0` exactly one wins. All throw {@link StorageError}.
 */
export class BucketStore {
  readonly #buckets = new Map<string, { bucket: Bucket; objects: Map<string, StoredObject> }>();
  readonly #nowMs: () => number;
  #lastGeneration = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Creates an empty bucket; 409 if it exists. */
  createBucket(
    name: string,
    settings: BucketSettings = newBucketSettings({}),
    owners: readonly Binding[] = [],
  ): Bucket {
    checkBucketName(name);
    if (this.#buckets.has(name)) {
      throw new StorageError(409, 'conflict', `Bucket ${name} already exists`);
    }
    const now = this.#nowMs();
    const times = { createdMs: now, updatedMs: now, metageneration: 1 };
    const bucket = { name, ...times, settings, policy: newPolicy(owners) };
    this.#buckets.set(name, { bucket, objects: new Map() });
    return bucket;
  }

  getBucket(name: string): Bucket {
    return this.#entry(name).bucket;
  }

  /** Changes settings or policy: next metageneration. */
  updateBucket(
    name: string,
    change: (bucket: Bucket) => Partial<Pick<Bucket, 'settings' | 'policy'>>,
  ): Bucket {
    const entry = this.#entry(name);
    const { metageneration } = entry.bucket;
    const next = { metageneration: metageneration + 1, updatedMs: this.#nowMs() };
    entry.bucket = { ...entry.bucket, ...change(entry.bucket), ...next };
    return entry.bucket;
  }

  /** All bucket names, in no particular order. */
  bucketNames(): string[] {
    return [...this.#buckets.keys()];
  }

  /** Deletes a bucket; 409 while it holds objects. */
  deleteBucket(name: string): void {
    if (this.#entry(name).objects.size > 0) {
      throw new StorageError(409, 'conflict', `Bucket ${name} is not empty`);
    }
    this.#buckets.delete(name);
  }

  /** Names of a bucket's objects, in no particular order. */
  objectNames(bucket: string): string[] {
    return [...this.#entry(bucket).objects.keys()];
  }

  get(ref: ObjectRef, conditions: Preconditions): StoredObject {
    const object = this.#entry(ref.bucket).objects.get(ref.name);
    if (object === undefined || (ref.generation ?? object.generation) !== object.generation) {
      throw notFound(`object ${ref.bucket}/${ref.name}`);
    }
    checkPreconditions(conditions, object);
    return object;
  }

  /** Writes a new generation, after its checksums and the preconditions were found to hold; else nothing is written. */
  insert(upload: NewObject, conditions: Preconditions): StoredObject {
    const { bucket, name, bytes, fields, expectedHashes } = upload;
    const { objects } = this.#entry(bucket);
    checkObjectName(name);
    const checksums = checksumsOf(bytes);
    verifyChecksums(expectedHashes, checksums);
    checkPreconditions(conditions, objects.get(name));
    const now = this.#nowMs();
    const object: StoredObject = {
      bucket,
      name,
      bytes,
      fields,
      ...checksums,
      generation: this.#nextGeneration(now),
      metageneration: 1,
      createdMs: now,
      updatedMs: now,
    };
    objects.set(name, object);
    return object;
  }

  /** Replaces the settable fields: same generation, next metageneration. */
  update(
    ref: ObjectRef,
    conditions: Preconditions,
    change: (fields: ObjectFields) => ObjectFields,
  ): StoredObject {
    const object = this.get(ref, conditions);
    const updated = {
      ...object,
      fields: change(object.fields),
      metageneration: object.metageneration + 1,
      updatedMs: this.#nowMs(),
    };
    this.#entry(ref.bucket).objects.set(ref.name, updated);
    return updated;
  }

  delete(ref: ObjectRef, conditions: Preconditions): void {
    this.get(ref, conditions);
    this.#entry(ref.bucket).objects.delete(ref.name);
  }

  #entry(name: string): { bucket: Bucket; objects: Map<string, StoredObject> } {
    const entry = this.#buckets.get(name);
    if (entry === undefined) throw notFound(`bucket ${name}`);
    return entry;
  }

  // Microseconds, as Cloud Storage's look, but strictly increasing also when the clock stands or goes back.
  #nextGeneration(nowMs: number): number {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, nowMs * 1000);
    return this.#lastGeneration;
  }
}
