import { describe, expect, it } from 'vitest';
import { patchFields } from '../../src/storage/object-fields.ts';
import { refusal } from './support/storage-requests.ts';

const FIELDS = { contentType: 'image/png', metadata: { a: '1', b: '2' } };

describe('the settable fields of an object', () => {
  it.each([
    [{}, FIELDS],
    [{ contentType: null }, { metadata: FIELDS.metadata }],
    [{ contentType: '' }, { metadata: FIELDS.metadata }],
    [{ cacheControl: 'no-store' }, { ...FIELDS, cacheControl: 'no-store' }],
    [{ metadata: null }, { contentType: 'image/png' }],
    [
      { metadata: { a: null, c: 3, d: true } },
      { ...FIELDS, metadata: { b: '2', c: '3', d: 'true' } },
    ],
    [{ metadata: { a: null, b: null } }, { contentType: 'image/png' }],
    [{ generation: '5', size: '7', bucket: 'other' }, FIELDS],
  ])('patched by %j become %j', (patch, expected) => {
    expect(patchFields(FIELDS, patch)).toEqual(expected);
  });

  it.each([
    { contentType: 5 },
    { contentType: 'a\r\nSet-Cookie: b' },
    { cacheControl: ['no-store'] },
    { metadata: 'text' },
    { metadata: ['a'] },
    { metadata: { a: { b: 1 } } },
  ])('refuse %j', (patch) => {
    expect(refusal(() => patchFields({}, patch))).toBe(400);
  });

  it('take a metadata key called __proto__ as any other', () => {
    const fields = patchFields({}, { metadata: JSON.parse('{"__proto__":"x"}') as object });
    expect(Object.entries(fields.metadata ?? {})).toEqual([['__proto__', 'x']]);
  });
});
