import type { Difference, Differences } from '../../support/differences.ts';
import { failure, ONE_REQUEST, read, type Suite } from './conformance-suite.ts';

const otherThan = (generation: unknown) => ({ ifGenerationMatch: Number(generation) + 1 });

const changesAnyway: Difference<Suite> = {
  does: 'ignores the condition',
  test: async ({ expect }, { saved }) => {
    const file = await saved('changed-anyway');
    const condition = otherThan(file.metadata.generation);
    const [changed] = await file.setMetadata({ metadata: { a: 'b' } }, condition);
    expect(changed).toMatchObject({ metadata: { a: 'b' } });
  },
};

/** Conditions that it accepts and does not look at. */
const conditions: Differences<Suite> = {
  'refuses to change a generation other than the expected one': changesAnyway,
  'refuses to delete a generation other than the expected one': {
    does: 'deletes it',
    test: async ({ expect }, { saved }) => {
      const file = await saved('deleted-anyway');
      await file.delete(otherThan(file.metadata.generation));
      expect(await file.exists()).toEqual([false]);
    },
  },
  'checks the metageneration': {
    does: 'ignores the condition',
    test: async ({ expect }, { saved }) => {
      const file = await saved('any-metageneration');
      const [changed] = await file.setMetadata({ cacheControl: 'x' }, { ifMetagenerationMatch: 7 });
      expect(changed).toMatchObject({ cacheControl: 'x' });
    },
  },
  'refuses to read a generation other than the expected one': {
    does: 'ignores the condition',
    test: async ({ expect }, { saved }) => {
      const file = await saved('read-anyway');
      const [got] = await file.getMetadata(otherThan(file.metadata.generation));
      expect(got).toMatchObject({ generation: file.metadata.generation });
    },
  },
  'answers 304 to a read of what has not changed': {
    does: 'ignores the condition',
    test: async ({ expect }, { saved }) => {
      const file = await saved('unchanged-read');
      const { generation } = file.metadata;
      const [got] = await file.getMetadata({ ifGenerationNotMatch: Number(generation) });
      expect(got).toMatchObject({ generation });
    },
  },
  'refuses to copy over an object with ifGenerationMatch 0': {
    does: 'copies over it',
    test: async ({ expect }, { bucket, saved }) => {
      const [source] = await Promise.all([saved('from', 'new'), saved('onto', 'old')]);
      const preconditionOpts = { ifGenerationMatch: 0 };
      await source.copy(bucket().file('onto'), { preconditionOpts });
      expect(await read(bucket().file('onto'))).toBe('new');
    },
  },
};

/** fake-gcs-server against the real service. Seen with 1.56.1. */
export const FAKE_GCS_DIFFERENCES: Differences<Suite> = {
  ...conditions,
  'counts changes of the metadata as metagenerations': {
    does: 'leaves the metageneration at 1',
    test: async ({ expect }, { saved }) => {
      const file = await saved('uncounted');
      await file.setMetadata({ metadata: { a: '1' } });
      const [got] = await file.getMetadata();
      expect(got).toMatchObject({ metadata: { a: '1' }, metageneration: '1' });
    },
  },
  'changes single keys of custom metadata': {
    does: 'keeps a removed key, with an empty value',
    test: async ({ expect }, { saved }) => {
      const file = await saved('key-removed');
      await file.setMetadata({ metadata: { keep: '1', drop: '2' } });
      await file.setMetadata({ metadata: { drop: null } });
      const [got] = await file.getMetadata();
      expect(got.metadata).toEqual({ keep: '1', drop: '' });
    },
  },
  'refuses to delete a bucket that is not empty': {
    does: 'answers 412 instead of 409',
    test: async ({ expect }, { storage, bucket }) => {
      const [created] = await storage().createBucket(`${bucket().name}-full`);
      await created.file('x').save('x', ONE_REQUEST);
      expect(await failure(created.delete())).toBe(412);
    },
  },
};
