import type { File } from '@google-cloud/storage';
import { randomBytes } from 'node:crypto';
import type { Check } from '../../support/differences.ts';
import { failure, ONE_REQUEST, read, type Suite } from './conformance-suite.ts';

const CREATE_ONLY = { preconditionOpts: { ifGenerationMatch: 0 } } as const;
// The client computes and checks nothing, so the server has to.
const UNCHECKED = { validation: false, resumable: false } as const;

type Change = (file: File, condition: { readonly ifGenerationMatch: number }) => Promise<unknown>;

const CHANGES: Readonly<Record<string, Change>> = {
  replace: async (file, preconditionOpts) => file.save('x', { ...ONE_REQUEST, preconditionOpts }),
  change: async (file, condition) => file.setMetadata({ metadata: { a: 'b' } }, condition),
  delete: async (file, condition) => file.delete(condition),
};

/** Bytes come back as they were written, under any object name. */
export function roundTrips({ bucket, saved }: Suite, check: Check): void {
  const sizes = { empty: 0, small: 5, '20 MB': 20_000_000 };
  const modes = [{ resumable: false }, { resumable: true }, { chunkSize: 8 * 1024 * 1024 }];
  const cases = Object.entries(sizes).flatMap(([size, bytes]) =>
    modes.map((mode) => ({ size, bytes, mode })),
  );
  // An empty object in chunks is something that the client itself cannot say: it sends the range 0--1.
  const possible = cases.filter(({ bytes, mode }) => bytes > 0 || !('chunkSize' in mode));

  for (const { size, bytes, mode } of possible) {
    check(
      `gives back the ${size} object saved with ${JSON.stringify(mode)}`,
      async ({ expect }) => {
        const data = randomBytes(bytes);
        const file = bucket().file(`round-trip/${bytes}-${JSON.stringify(mode)}`);
        await file.save(data, mode);
        const [downloaded] = await file.download();
        expect(downloaded.equals(data)).toBe(true);
      },
    );
  }

  check('replaces an object by a new generation, and the old one is gone', async ({ expect }) => {
    const first = await saved('replaced', 'one');
    const { generation } = first.metadata;
    const second = await saved('replaced', 'two');
    expect(Number(second.metadata.generation)).toBeGreaterThan(Number(generation));
    expect(await read(bucket().file('replaced'))).toBe('two');
    const old = bucket().file('replaced', { generation: Number(generation) });
    expect(await failure(old.getMetadata())).toBe(404);
  });

  check('gives back the bytes of a range, also from the end', async ({ expect }) => {
    const file = await saved('ranged', '0123456789');
    const ranges = [{ start: 2, end: 4 }, { start: 7 }, { end: -3 }, { start: 8, end: 100 }];
    const parts = await Promise.all(ranges.map(async (range) => file.download(range)));
    expect(parts.map(([bytes]) => bytes.toString())).toEqual(['234', '789', '789', '89']);
    expect(await failure(file.download({ start: 10 }))).toBe(416);
  });

  for (const object of [
    'a b',
    'ünïcode/✓ 𝄞',
    'a#b?c=d&e',
    '100%/%2F',
    '%2F',
    'a//b/',
    '/lead',
    '+plus+',
    '"\'\\',
  ]) {
    check(
      `keeps the object name ${JSON.stringify(object)} apart from all others`,
      async ({ expect }) => {
        await saved(object, object);
        const copy = bucket().file(`copy of ${object}`);
        await bucket().file(object).copy(copy);
        const [files] = await bucket().getFiles({ prefix: object });
        expect(files.map((file) => file.name)).toContain(object);
        expect([await read(bucket().file(object)), await read(copy)]).toEqual([object, object]);
        await bucket().file(object).delete();
        expect(await bucket().file(object).exists()).toEqual([false]);
      },
    );
  }
}

/** Generations and metagenerations guard every change. */
export function preconditions({ bucket, saved }: Suite, check: Check): void {
  for (const mode of [{ resumable: false }, { resumable: true }]) {
    check(
      `creates an object only once with ifGenerationMatch 0 and ${JSON.stringify(mode)}`,
      async ({ expect }) => {
        const file = bucket().file(`created/${mode.resumable}`);
        await file.save('first', { ...mode, ...CREATE_ONLY });
        expect(await failure(file.save('second', { ...mode, ...CREATE_ONLY }))).toBe(412);
        expect(await read(file)).toBe('first');
      },
    );
  }

  for (const mode of [{ resumable: false }, { resumable: true }]) {
    check(
      `lets exactly one of 8 writers with ifGenerationMatch 0 and ${JSON.stringify(mode)} win`,
      async ({ expect }) => {
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
  }

  for (const [verb, change] of Object.entries(CHANGES)) {
    check(`refuses to ${verb} a generation other than the expected one`, async ({ expect }) => {
      const file = await saved(`guarded/${verb}`);
      const other = { ifGenerationMatch: Number(file.metadata.generation) + 1 };
      expect(await failure(change(file, other))).toBe(412);
      expect(await read(file)).toBe('data');
    });
  }

  check('checks the metageneration', async ({ expect }) => {
    const file = await saved('meta-guarded');
    await file.setMetadata({ cacheControl: 'no-store' }, { ifMetagenerationMatch: 1 });
    expect(
      await failure(file.setMetadata({ cacheControl: 'x' }, { ifMetagenerationMatch: 1 })),
    ).toBe(412);
  });
}

/** Conditions guard reads and copies too. */
export function conditionalReads({ bucket, saved }: Suite, check: Check): void {
  check('refuses to read a generation other than the expected one', async ({ expect }) => {
    const file = await saved('read-guarded');
    const other = { ifGenerationMatch: Number(file.metadata.generation) + 1 };
    expect(await failure(file.getMetadata(other))).toBe(412);
  });

  check('answers 304 to a read of what has not changed', async ({ expect }) => {
    const file = await saved('unchanged');
    const same = { ifGenerationNotMatch: Number(file.metadata.generation) };
    expect(await failure(file.getMetadata(same))).toBe(304);
  });

  check('refuses to copy over an object with ifGenerationMatch 0', async ({ expect }) => {
    const [source] = await Promise.all([saved('copied', 'new'), saved('copied-over', 'old')]);
    const target = bucket().file('copied-over');
    expect(await failure(source.copy(target, CREATE_ONLY))).toBe(412);
    expect(await read(target)).toBe('old');
  });
}

/** The server computes checksums and refuses bytes that do not have those that were sent. */
export function checksums({ bucket, saved }: Suite, check: Check): void {
  check('computes crc32c and md5Hash', async ({ expect }) => {
    const [got] = await (await saved('hashed', 'hello')).getMetadata();
    expect(got).toMatchObject({ crc32c: 'mnG7TA==', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==' });
  });

  for (const wrong of [{ crc32c: 'AAAAAA==' }, { md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==' }]) {
    check(
      `refuses an upload whose bytes do not have the ${Object.keys(wrong).join()} that was sent`,
      async ({ expect }) => {
        const file = bucket().file('mismatched');
        expect(await failure(file.save('hello', { ...UNCHECKED, metadata: wrong }))).toBe(400);
        expect(await file.exists()).toEqual([false]);
      },
    );
  }

  check('accepts an upload whose crc32c is right', async ({ expect }) => {
    const file = bucket().file('matched');
    await file.save('hello', { ...UNCHECKED, metadata: { crc32c: 'mnG7TA==' } });
    expect(await read(file)).toBe('hello');
  });
}
