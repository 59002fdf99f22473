import { randomUUID } from 'node:crypto';
import type { Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll } from 'vitest';
import { type Differences, runSuite } from '../../support/differences.ts';
import { absences, listings, metadata } from './conformance-resources.ts';
import { ONE_REQUEST, type Suite } from './conformance-suite.ts';
import { checksums, conditionalReads, preconditions, roundTrips } from './conformance-uploads.ts';

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

const PARTS = [
  roundTrips,
  preconditions,
  conditionalReads,
  checksums,
  metadata,
  listings,
  absences,
];

/** A Cloud Storage and how it differs from the real service. */
export interface StorageSubject {
  readonly name: string;
  readonly connect: () => Promise<ConnectedStorage>;
  readonly differences: Differences<Suite>;
  /** It is not here. */
  readonly skip?: boolean;
}

/** What any Cloud Storage must do when Node's official client talks to it; makes and uses a bucket of its own. */
export function storageConformance({ name, connect, ...run }: StorageSubject): void {
  runSuite({ ...run, title: `Cloud Storage: ${name}` }, (check) => {
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
    for (const part of PARTS) part(suite, check);
    return suite;
  });
}
