import { beforeAll } from 'vitest';
import type { Check } from '../../support/differences.ts';
import { failure, ONE_REQUEST, read, type Suite } from './conformance-suite.ts';

/** Object resources keep what clients set. */
export function metadata({ bucket, saved }: Suite, check: Check): void {
  check('keeps content type, cache control and custom metadata', async ({ expect }) => {
    const file = bucket().file('described');
    const set = { contentType: 'image/webp', cacheControl: 'no-cache', metadata: { jobId: 'j-1' } };
    await file.save('data', { ...ONE_REQUEST, metadata: set });
    const [got] = await bucket().file('described').getMetadata();
    expect(got).toMatchObject({ ...set, size: '4', metageneration: '1' });
  });

  check('changes single keys of custom metadata', async ({ expect }) => {
    const file = await saved('patched');
    await file.setMetadata({ metadata: { keep: '1', drop: '2' } });
    await file.setMetadata({ metadata: { drop: null, add: '3' } });
    const [got] = await file.getMetadata();
    expect(got).toMatchObject({ metadata: { keep: '1', add: '3' } });
    expect(got.metadata).not.toHaveProperty('drop');
    expect(await read(file)).toBe('data');
  });

  check('counts changes of the metadata as metagenerations', async ({ expect }) => {
    const file = await saved('counted');
    await file.setMetadata({ metadata: { a: '1' } });
    await file.setMetadata({ metadata: { a: '2' } });
    const [got] = await bucket().file('counted').getMetadata();
    expect(got).toMatchObject({ metageneration: '3' });
  });

  check('copies an object with its metadata', async ({ expect }) => {
    const source = await saved('source', 'copied');
    await source.setMetadata({ contentType: 'image/png', metadata: { a: '1' } });
    const [copy] = await source.copy(bucket().file('copy'));
    const [got] = await copy.getMetadata();
    expect(got).toMatchObject({ contentType: 'image/png', metadata: { a: '1' }, size: '6' });
  });
}

/** Listings are complete, ordered, grouped and paged. */
export function listings({ bucket, saved }: Suite, check: Check): void {
  beforeAll(async () => {
    const names = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/𝄞', 'list/\uFFFD'];
    await Promise.all(names.map(async (object) => saved(object)));
  });

  check('lists by prefix in the order of UTF-8 bytes', async ({ expect }) => {
    const [files] = await bucket().getFiles({ prefix: 'list/' });
    const names = files.map((file) => file.name.slice(5));
    expect(names).toEqual(['a', 'b/1', 'b/2', 'c', '\uFFFD', '𝄞']);
  });

  check('groups names by a delimiter', async ({ expect }) => {
    const query = { prefix: 'list/', delimiter: '/', autoPaginate: false };
    const [files, , answer] = await bucket().getFiles(query);
    expect(files.map((file) => file.name.slice(5))).toEqual(['a', 'c', '\uFFFD', '𝄞']);
    expect(answer).toMatchObject({ prefixes: ['list/b/'] });
  });

  check('lists page by page, each name once', async ({ expect }) => {
    const [first, next] = await bucket().getFiles({
      prefix: 'list/',
      maxResults: 4,
      autoPaginate: false,
    });
    const [second, last] = await bucket().getFiles(next ?? {});
    expect([first.length, second.length, last]).toEqual([4, 2, null]);
    expect(new Set([...first, ...second].map((file) => file.name)).size).toBe(6);
  });

  check('starts a listing at an offset', async ({ expect }) => {
    const [files] = await bucket().getFiles({ prefix: 'list/', startOffset: 'list/b/2' });
    expect(files.map((file) => file.name.slice(5))).toEqual(['b/2', 'c', '\uFFFD', '𝄞']);
  });
}

/** What is not there is a 404, and buckets are created once. */
export function absences({ storage, bucket }: Suite, check: Check): void {
  check('answers 404 for an object that is not there', async ({ expect }) => {
    const file = bucket().file('absent');
    const calls = [file.getMetadata(), file.download(), file.delete(), file.copy('elsewhere')];
    expect(await Promise.all(calls.map(failure))).toEqual([404, 404, 404, 404]);
  });

  check('answers 404 for a bucket that is not there', async ({ expect }) => {
    const absent = storage().bucket('absent-bucket');
    expect(await failure(absent.getFiles())).toBe(404);
    expect(await failure(absent.file('x').save('x', ONE_REQUEST))).toBe(404);
    expect(await failure(absent.file('x').save('x', { resumable: true }))).toBe(404);
    expect(await absent.exists()).toEqual([false]);
  });

  check('creates a bucket once, lists it and deletes it', async ({ expect }) => {
    const [created] = await storage().createBucket(`${bucket().name}-2`);
    expect(await failure(storage().createBucket(created.name))).toBe(409);
    const [buckets] = await storage().getBuckets();
    expect(buckets.map(({ name }) => name)).toContain(created.name);
    await created.delete();
    expect(await created.exists()).toEqual([false]);
  });

  check('refuses to delete a bucket that is not empty', async ({ expect }) => {
    const [created] = await storage().createBucket(`${bucket().name}-3`);
    await created.file('x').save('x', ONE_REQUEST);
    expect(await failure(created.delete())).toBe(409);
    expect(await read(created.file('x'))).toBe('x');
  });
}
