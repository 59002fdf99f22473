import { randomUUID } from 'node:crypto';
import type { Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe } from 'vitest';
import { absences, listings, metadata } from './conformance-resources.ts';
import { ONE_REQUEST, type Suite } from './conformance-suite.ts';
import { checksums, preconditions, roundTrips } from './conformance-uploads.ts';

/** A client connected to the server under test. */
export interface ConnectedStorage {
  readonly storage: Storage;
  readonly close: () => Promise<void>;
}

/** Options for that client. It must not retry on its own: after a retried 503 it ends the process on Node.js 24. */
export const CLIENT_OPTIONS = {
  projectId: 'conformance',
  retryOptions: { autoRetry: false },
} as const;

/** What any Cloud Storage must do when Node's official client talks to it; makes and uses a bucket of its own. */
export function storageConformance(name: string, connect: () => Promise<ConnectedStorage>): void {
  describe(`Cloud Storage: ${name}`, () => {
    let connection: ConnectedStorage;
    let bucket: Bucket;
    beforeAll(async () => {
      connection = await connect();
      [bucket] = await connection.storage.createBucket(`conformance-${randomUUID()}`);
    });
    afterAll(async () => {
      await connection.close();
    });

    const suite: Suite = {
      storage: () => connection.storage,
      bucket: () => bucket,
      saved: async (object, data = 'data') => {
        const file = bucket.file(object);
        await file.save(data, ONE_REQUEST);
        return file;
      },
    };
    roundTrips(suite);
    preconditions(suite);
    checksums(suite);
    metadata(suite);
    listings(suite);
    absences(suite);
  });
}
