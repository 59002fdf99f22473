import type { CloudClients } from '@imagen/worker';
import { BUCKET_FIELDS } from './bucket-settings.ts';
import { type Policy, POLICY_VERSION } from './policy.ts';
import { orAbsent, type Servers } from './servers.ts';
import { describe, fieldsOf } from './setting-fields.ts';

type Storage = CloudClients['storage'];
type PolicyToWrite = Parameters<ReturnType<Storage['bucket']>['iam']['setPolicy']>[0];
type NewBucket = Extract<Parameters<Storage['createBucket']>[1], { location?: string }>;

/** Buckets, ours and those of others. */
export function bucketServers(storage: Storage): Pick<Servers, 'bucket' | 'source bucket'> {
  const common = {
    async find(name: string) {
      const found = await orAbsent(storage.bucket(name).getMetadata());
      return found && describe(BUCKET_FIELDS, found[0]);
    },
    async readPolicy(name: string) {
      const options = { requestedPolicyVersion: POLICY_VERSION };
      const [policy] = await storage.bucket(name).iam.getPolicy(options);
      return policy as Policy;
    },
    async writePolicy(name: string, policy: Policy) {
      await storage.bucket(name).iam.setPolicy(policy as PolicyToWrite);
    },
  };
  return {
    bucket: {
      ...common,
      async create({ name, message }) {
        await storage.createBucket(name, message as NewBucket);
      },
      async update({ name, message }, words) {
        const fields = fieldsOf(BUCKET_FIELDS, words);
        const changed = fields.map((field) => [field, message[field]] as const);
        await storage.bucket(name).setMetadata(Object.fromEntries(changed));
      },
      async remove(name) {
        await storage.bucket(name).delete();
      },
    },
    'source bucket': { ...common, create: notOurs, update: notOurs, remove: notOurs },
  };
}

/** True for a bucket that cannot be deleted because of what is in it, old generations included. */
export async function holdsObjects(storage: Storage, name: string): Promise<boolean> {
  const query = { maxResults: 1, autoPaginate: false, versions: true };
  const listing = await orAbsent(storage.bucket(name).getFiles(query));
  return (listing?.[0].length ?? 0) > 0;
}

async function notOurs(): Promise<never> {
  throw new Error('a source bucket is not ours to create, change or remove');
}
