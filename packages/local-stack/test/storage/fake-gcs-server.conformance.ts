import { Storage } from '@google-cloud/storage';
import { inject } from 'vitest';
import { FAKE_GCS_DIFFERENCES } from './support/fake-gcs-differences.ts';
import { CLIENT_OPTIONS, storageConformance } from './support/storage-conformance.ts';

const { name, address } = inject('fakeGcsServer');

storageConformance({
  name,
  connect: async () => {
    const storage = new Storage({ ...CLIENT_OPTIONS, apiEndpoint: address ?? '' });
    return { storage, close: async () => {} };
  },
  differences: FAKE_GCS_DIFFERENCES,
  skip: address === null,
});
