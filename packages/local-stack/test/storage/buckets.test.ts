import { type Bucket, Storage } from '@google-cloud/storage';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const lifecycle = { rule: [{ action: { type: 'Delete' as const }, condition: { age: 30 } }] };
const uniform = { uniformBucketLevelAccess: { enabled: true } };
const binding = { role: 'roles/storage.objectViewer', members: ['user:a@example.com'] };
const condition = { title: 'comics', expression: 'resource.name.startsWith("comic/")' };

let server: StorageServer;
let storage: Storage;
let bucket: Bucket;
beforeEach(async () => {
  server = await startStorage();
  storage = new Storage({ projectId: 'test', apiEndpoint: server.url });
  [bucket] = await storage.createBucket('pictures');
});
afterEach(async () => server.stop());

describe('settings of a bucket', () => {
  it('are those of Cloud Storage where nothing was said, and as said where something was', async () => {
    const [plain] = await bucket.getMetadata();
    expect(plain).toMatchObject({
      location: 'US',
      iamConfiguration: { publicAccessPrevention: 'inherited' },
    });
    const settings = { location: 'europe-west4', iamConfiguration: uniform, lifecycle };
    const [other] = await storage.createBucket('others', settings);
    const location = { location: 'EUROPE-WEST4', locationType: 'region' };
    const [found] = await other.getMetadata();
    expect(found).toMatchObject({ ...settings, ...location });
  });

  it('change one by one, each time by one metageneration, and go when they are null', async () => {
    await bucket.setMetadata({ lifecycle });
    const iamConfiguration = { publicAccessPrevention: 'enforced' };
    await bucket.setMetadata({ iamConfiguration, lifecycle: null });
    const [metadata] = await bucket.getMetadata();
    const kept = { uniformBucketLevelAccess: { enabled: false } };
    expect(metadata.iamConfiguration).toEqual({ ...kept, ...iamConfiguration });
    expect(metadata).toMatchObject({ metageneration: '3' });
    expect(metadata).not.toHaveProperty('lifecycle');
  });

  it('that cannot change are refused', async () => {
    const moved = bucket.setMetadata({ location: 'EU' });
    await expect(moved).rejects.toMatchObject({ code: 400 });
  });
});

describe('the policy of a bucket', () => {
  const read = async (requestedPolicyVersion = 3) => {
    const [policy] = await bucket.iam.getPolicy({ requestedPolicyVersion });
    return policy;
  };

  it('starts with what the basic roles of the project come to', async () => {
    const { bindings } = await read();
    expect(bindings.map(({ members }) => members)).toEqual([
      ['projectEditor:test', 'projectOwner:test'],
      ['projectViewer:test'],
    ]);
  });

  it('is written by whoever has read it last', async () => {
    const { etag } = await read();
    await bucket.iam.setPolicy({ bindings: [binding], etag: etag! });
    const late = bucket.iam.setPolicy({ bindings: [], etag: etag! });
    await expect(late).rejects.toMatchObject({ code: 412 });
    expect(await read()).toMatchObject({ bindings: [binding] });
  });

  it('has conditions only with uniform access and version 3', async () => {
    const bindings = [{ ...binding, condition }];
    const early = bucket.iam.setPolicy({ bindings, version: 3 });
    await expect(early).rejects.toMatchObject({ code: 400 });
    await bucket.setMetadata({ iamConfiguration: uniform });
    const old = bucket.iam.setPolicy({ bindings, version: 1 });
    await expect(old).rejects.toMatchObject({ code: 400 });
    await bucket.iam.setPolicy({ bindings, version: 3 });
    expect(await read()).toMatchObject({ bindings, version: 3 });
    expect((await read(1)).bindings[0]).not.toHaveProperty('condition');
  });
});
