import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditions, newObject, refusal, storeWithBucket } from './support/storage-requests.ts';

const CAT = { bucket: 'pictures', name: 'cat' };

describe('the store', () => {
  it('gives every write a higher generation, also when the clock stands or goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 2 }), (times) => {
        let now = 0;
        const store = storeWithBucket(() => now);
        const generations = times.map((time) => {
          now = time;
          return store.insert(newObject(), conditions()).generation;
        });
        expect(new Set(generations).size).toBe(times.length);
        expect(generations).toEqual(generations.toSorted((a, b) => a - b));
      }),
    );
  });

  it('never lets a deleted name come back with an old generation', () => {
    const store = storeWithBucket();
    const first = store.insert(newObject(), conditions());
    store.delete(CAT, conditions());
    expect(store.insert(newObject(), conditions()).generation).toBeGreaterThan(first.generation);
  });

  it('changes fields without a new generation, under the next metageneration', () => {
    const store = storeWithBucket();
    const { generation } = store.insert(newObject(), conditions());
    const changed = store.update(CAT, conditions(), () => ({ contentType: 'image/png' }));
    expect(changed).toMatchObject({ generation, metageneration: 2, bytes: Buffer.from('meow') });
  });

  it('leaves what a reader got as it was when the object is replaced', () => {
    const store = storeWithBucket();
    store.insert(newObject(), conditions());
    const read = store.get(CAT, conditions());
    store.insert(newObject({ bytes: Buffer.from('bark') }), conditions());
    expect(read.bytes.toString()).toBe('meow');
  });

  it('finds only the live generation', () => {
    const store = storeWithBucket();
    const { generation } = store.insert(newObject(), conditions());
    expect(refusal(() => store.get({ ...CAT, generation }, conditions()))).toBe(0);
    expect(refusal(() => store.get({ ...CAT, generation: generation - 1 }, conditions()))).toBe(
      404,
    );
  });

  it.each(['crc32c=AAAAAA==', 'md5=AAAA', 'sha1=AAAA'])(
    'writes nothing when the bytes do not have the hash %s',
    (hash) => {
      const store = storeWithBucket();
      const wrong = newObject({ expectedHashes: [hash] });
      expect(refusal(() => store.insert(wrong, conditions()))).toBe(400);
      expect(store.objectNames('pictures')).toEqual([]);
    },
  );

  it.each(['', '.', '..', 'a\nb', 'a\rb', 'x'.repeat(1025), 'é'.repeat(513), '\uD800'])(
    'refuses the object name %j',
    (name) => {
      const store = storeWithBucket();
      expect(refusal(() => store.insert(newObject({ name }), conditions()))).toBe(400);
    },
  );

  it.each(['', 'ab', 'Upper', 'a b', '-abc', 'abc-', 'a'.repeat(64), 'a/b'])(
    'refuses the bucket name %j',
    (name) => {
      expect(refusal(() => storeWithBucket().createBucket(name))).toBe(400);
    },
  );
});

describe('a precondition', () => {
  // On an object of generation 1000000 and metageneration 1, and where there is none.
  it.each([
    [{}, 0, 0],
    [{ ifGenerationMatch: '0' }, 412, 0],
    [{ ifGenerationMatch: '1000000' }, 0, 412],
    [{ ifGenerationMatch: '5' }, 412, 412],
    [{ ifGenerationNotMatch: '1000000' }, 304, 304],
    [{ ifGenerationNotMatch: '5' }, 0, 304],
    [{ ifGenerationNotMatch: '0' }, 0, 304],
    [{ ifMetagenerationMatch: '1' }, 0, 412],
    [{ ifMetagenerationMatch: '2' }, 412, 412],
    [{ ifMetagenerationNotMatch: '1' }, 304, 0],
    [{ ifMetagenerationNotMatch: '2' }, 0, 0],
    [{ ifGenerationMatch: '1000000', ifMetagenerationMatch: '2' }, 412, 412],
  ])('%j of a write answers %i on an object, %i where there is none', (query, onOne, onNone) => {
    const store = storeWithBucket();
    expect(refusal(() => store.insert(newObject({ name: 'new' }), conditions(query)))).toBe(onNone);
    const fresh = storeWithBucket();
    fresh.insert(newObject(), conditions());
    expect(refusal(() => fresh.insert(newObject(), conditions(query)))).toBe(onOne);
    expect(fresh.get(CAT, conditions()).generation).toBe(onOne === 0 ? 1_000_001 : 1_000_000);
  });

  it('stops a read, a change and a delete, and 404 comes before it', () => {
    const store = storeWithBucket();
    store.insert(newObject(), conditions());
    const wrong = conditions({ ifGenerationMatch: '5' });
    const refs = [CAT, { bucket: 'pictures', name: 'dog' }];
    const statuses = refs.map((ref) => [
      refusal(() => store.get(ref, wrong)),
      refusal(() => store.update(ref, wrong, (fields) => fields)),
      refusal(() => {
        store.delete(ref, wrong);
      }),
    ]);
    expect(statuses).toEqual([
      [412, 412, 412],
      [404, 404, 404],
    ]);
  });

  it.each(['', 'x', '1.5', '1e3', ' 1', '12345678901234567890'])(
    'that is the text %j and no integer is refused',
    (value) => {
      expect(refusal(() => conditions({ ifGenerationMatch: value }))).toBe(400);
    },
  );
});
