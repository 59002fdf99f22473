import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { failure, ONE_REQUEST, read, type Suite } from './conformance-suite.ts';

const CREATE_ONLY = { preconditionOpts: { ifGenerationMatch: 0 } } as const;
// The client computes and checks nothing, so the server has to.
const UNCHECKED = { validation: false, resumable: false } as const;

/** Bytes come back as they were written, under any object name. */
export function roundTrips({ bucket, saved }: Suite): void {
  const sizes = { empty: 0, small: 5, '20 MB': 20_000_000 };
  const modes = [{ resumable: false }, { resumable: true }, { chunkSize: 8 * 1024 * 1024 }];
  const cases = Object.entries(sizes).flatMap(([size, bytes]) =>
    modes.map((mode) => ({ size, bytes, mode })),
  );
  // An empty object in chunks is something that the client itself cannot say: it sends the range 0--1.
  const possible = cases.filter(({ bytes, mode }) => bytes > 0 || !('chunkSize' in mode));

  it.each(possible)('gives back the $size object saved with $mode', async ({ bytes, mode }) => {
    const data = randomBytes(bytes);
    const file = bucket().file(`round-trip/${bytes}-${JSON.stringify(mode)}`);
    await file.save(data, mode);
    const [downloaded] = await file.download();
    expect(downloaded.equals(data)).toBe(true);
  });

  it('replaces an object by a new generation, and the old one is gone', async () => {
    const first = await saved('replaced', 'one');
    const { generation } = first.metadata;
    const second = await saved('replaced', 'two');
    expect(Number(second.metadata.generation)).toBeGreaterThan(Number(generation));
    expect(await read(bucket().file('replaced'))).toBe('two');
    const old = bucket().file('replaced', { generation: Number(generation) });
    expect(await failure(old.getMetadata())).toBe(404);
  });

  it('gives back the bytes of a range, also from the end', async () => {
    const file = await saved('ranged', '0123456789');
    const ranges = [{ start: 2, end: 4 }, { start: 7 }, { end: -3 }, { start: 8, end: 100 }];
    const parts = await Promise.all(ranges.map(async (range) => file.download(range)));
    expect(parts.map(([bytes]) => bytes.toString())).toEqual(['234', '789', '789', '89']);
    expect(await failure(file.download({ start: 10 }))).toBe(416);
  });

  it.each([
    'a b',
    'ünïcode/✓ 𝄞',
    'a#b?c=d&e',
    '100%/%2F',
    '%2F',
    'a//b/',
    '/lead',
    '+plus+',
    '"\'\\',
  ])('keeps the object name %j apart from all others', async (object) => {
    await saved(object, object);
    const copy = bucket().file(`copy of ${object}`);
    await bucket().file(object).copy(copy);
    const [files] = await bucket().getFiles({ prefix: object });
    expect(files.map((file) => file.name)).toContain(object);
    expect([await read(bucket().file(object)), await read(copy)]).toEqual([object, object]);
    await bucket().file(object).delete();
    expect(await bucket().file(object).exists()).toEqual([false]);
  });
}

/** Generations and metagenerations guard every change. */
export function preconditions({ bucket, saved }: Suite): void {
  it.each([{ resumable: false }, { resumable: true }])(
    'creates an object only once with ifGenerationMatch 0 and $resumable resumable',
    async (mode) => {
      const file = bucket().file(`created/${mode.resumable}`);
      await file.save('first', { ...mode, ...CREATE_ONLY });
      expect(await failure(file.save('second', { ...mode, ...CREATE_ONLY }))).toBe(412);
      expect(await read(file)).toBe('first');
    },
  );

  it.each([{ resumable: false }, { resumable: true }])(
    'lets exactly one of 8 writers with ifGenerationMatch 0 win ($resumable resumable)',
    async (mode) => {
      const object = `raced/${mode.resumable}`;
      const writers = Array.from({ length: 8 }, async (_, writer) =>
        failure(
          bucket()
            .file(object)
            .save(`writer ${writer}`, { ...mode, ...CREATE_ONLY }),
        ),
      );
      const codes = await Promise.all(writers);
      expect(codes.filter((code) => code === 0)).toHaveLength(1);
      expect(codes.filter((code) => code === 412)).toHaveLength(7);
      expect(await read(bucket().file(object))).toBe(`writer ${codes.indexOf(0)}`);
    },
  );

  it('refuses to replace, change and delete a generation other than the expected one', async () => {
    const file = await saved('guarded');
    const other = { ifGenerationMatch: Number(file.metadata.generation) + 1 };
    expect(await failure(file.save('x', { ...ONE_REQUEST, preconditionOpts: other }))).toBe(412);
    expect(await failure(file.setMetadata({ metadata: { a: 'b' } }, other))).toBe(412);
    expect(await failure(file.delete(other))).toBe(412);
    expect(await read(file)).toBe('data');
  });

  it('checks the metageneration', async () => {
    const file = await saved('meta-guarded');
    await file.setMetadata({ cacheControl: 'no-store' }, { ifMetagenerationMatch: 1 });
    expect(
      await failure(file.setMetadata({ cacheControl: 'x' }, { ifMetagenerationMatch: 1 })),
    ).toBe(412);
  });
}

/** The server computes checksums and refuses bytes that do not have those that were sent. */
export function checksums({ bucket, saved }: Suite): void {
  it('computes crc32c and md5Hash', async () => {
    const [got] = await (await saved('hashed', 'hello')).getMetadata();
    expect(got).toMatchObject({ crc32c: 'mnG7TA==', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==' });
  });

  it.each([{ crc32c: 'AAAAAA==' }, { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' }])(
    'refuses an upload whose bytes do not have the %j that was sent',
    async (wrong) => {
      const file = bucket().file('mismatched');
      expect(await failure(file.save('hello', { ...UNCHECKED, metadata: wrong }))).toBe(400);
      expect(await file.exists()).toEqual([false]);
    },
  );

  it('accepts an upload whose crc32c is right', async () => {
    const file = bucket().file('matched');
    await file.save('hello', { ...UNCHECKED, metadata: { crc32c: 'mnG7TA==' } });
    expect(await read(file)).toBe('hello');
  });
}
