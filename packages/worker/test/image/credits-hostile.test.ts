import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCredits } from '../../src/image/credits.ts';
import { ARTIST, COPYRIGHT, exifBlock, iim, photoshop, xmp } from '../support/metadata-blocks.ts';

/** Most bytes that are looked at in IPTC and in XMP. */
const MAX_BYTES = 256 * 1024;
/** What a credit may be. */
const LINE =
  /^(?! )(?!.* {2})[^\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]{1,2000}(?<! )$/u;

/** A block around any value, with some of its bytes changed: what is nearly right finds mistakes. */
function damaged(make: (value: Buffer) => Buffer): fc.Arbitrary<Buffer> {
  const byte = fc.oneof(fc.constantFrom(0, 1, 28, 127, 128, 255), fc.nat(255));
  const changes = fc.array(fc.tuple(fc.nat(150), byte), { maxLength: 4 });
  return fc.tuple(fc.uint8Array({ maxLength: 60 }), changes).map(([value, changed]) => {
    const block = make(Buffer.from(value));
    for (const [at, to] of changed) block[at] = to;
    return block;
  });
}

/** XMP of one copyright after this many spaces. */
function xmpAfter(spaces: number): Buffer {
  return xmp(`${' '.repeat(spaces)}<dc:rights>Ann</dc:rights>`);
}

describe('metadata', () => {
  it('of any bytes never throws, and gives only what a credit may be', () => {
    const bytes = damaged((value) => value);
    const exif = damaged((value) => exifBlock([ARTIST, COPYRIGHT].map((tag) => [tag, value])));
    const iptc = damaged((value) => iim([80, 80, 116].map((dataSet) => [dataSet, value])));
    const resources = damaged((value) => photoshop(iim([[120, value]]), 'name'));
    const packet = damaged((value) => xmp(`<dc:rights>${value.toString('latin1')}</dc:rights>`));
    const blocks = {
      exif: fc.oneof(exif, bytes),
      iptc: fc.oneof(iptc, resources, bytes),
      xmp: fc.oneof(packet, bytes),
    };
    fc.assert(
      fc.property(fc.record(blocks, { requiredKeys: [] }), (given) => {
        const texts = Object.values(readCredits(given));
        expect(texts.filter((text) => !LINE.test(text))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['exif', exifBlock([[ARTIST, 'Ann Lee']])],
    ['iptc', photoshop(iim([[80, 'Ann Lee']]), 'name')],
    ['xmp', xmp('<dc:creator>Ann Lee</dc:creator>')],
  ])('as %s may be cut off anywhere', (kind, block) => {
    for (let length = 0; length <= block.length; length++) {
      const { artist = '' } = readCredits({ [kind]: block.subarray(0, length) });
      expect('Ann Lee').toContain(artist);
    }
    expect(readCredits({ [kind]: block })).toEqual({ artist: 'Ann Lee' });
  });

  // Time that grows with the square of the size would be minutes.
  it.each([
    '<a ',
    '<a>',
    '<a"',
    `<a"<b'"`,
    'a',
    '<',
    '</',
    '<!--',
    '<?',
    '&',
    '&#',
    '"',
    'a="" ',
    '= ',
  ])('of 256 KiB of %j as XMP is soon read', (unit) => {
    for (const start of ['', '<a', '<a ', '<!--', '<?', '<rdf:RDF><rdf:Description><dc:rights>']) {
      const packet = Buffer.from(start + unit.repeat(MAX_BYTES / unit.length - 9));
      for (const end of ['', '>']) {
        const credits = readCredits({ xmp: Buffer.concat([packet, Buffer.from(end)]) });
        expect(Object.keys(credits)).not.toContain('artist');
      }
    }
  });

  it('in XMP defines no entities', () => {
    const packet = xmp('<dc:rights>&a;</dc:rights>');
    const bomb = Buffer.concat([Buffer.from('<!DOCTYPE x [<!ENTITY a "&b;&b;">]>'), packet]);
    expect(readCredits({ xmp: bomb })).toEqual({});
    expect(readCredits({ xmp: packet })).toEqual({ copyright: '&a;' });
  });

  it('in EXIF leads nowhere in a circle', () => {
    const pointer = Buffer.of(8, 0, 0, 0);
    const exif = exifBlock([
      [0x8769, pointer, 4],
      [ARTIST, 'Ann Lee'],
    ]);
    exif.set(pointer, 10 + 2 * 12);
    expect(readCredits({ exif })).toEqual({ artist: 'Ann Lee' });
  });

  it('in XMP is looked at up to 256 KiB', () => {
    const spaces = MAX_BYTES - xmpAfter(0).indexOf('</dc:rights>');
    expect(readCredits({ xmp: xmpAfter(spaces) })).toEqual({ copyright: 'Ann' });
    expect(readCredits({ xmp: xmpAfter(spaces + 1) })).toEqual({ copyright: 'An' });
    expect(readCredits({ xmp: xmpAfter(spaces + 3) })).toEqual({});
  });

  it('in IPTC is looked at up to 256 KiB', () => {
    const others = Array.from({ length: 8 }, () => [55, '.'.repeat(32_760)] as const);
    expect(readCredits({ iptc: iim([...others, [80, 'Ann']]) })).toEqual({ artist: 'Ann' });
    expect(readCredits({ iptc: iim([...others, [55, '.'.repeat(20)], [80, 'Ann']]) })).toEqual({});
  });

  it.each([
    [7995, 'é写'],
    [7996, 'é'],
    [8000, undefined],
  ])('has values of 8000 bytes: after %i spaces it is %j', (spaces, artist) => {
    const value = `${' '.repeat(spaces)}é写`;
    expect(readCredits({ exif: exifBlock([[ARTIST, value]]) })).toEqual({ artist });
    expect(readCredits({ iptc: iim([[80, value]]) })).toEqual({ artist });
  });

  it('has the first hundred of many names', () => {
    const names = Array.from({ length: 101 }, (_, i) => String(i));
    const artist = names.slice(0, 100).join('; ');
    const items = names.map((name) => `<rdf:li>${name}</rdf:li>`).join('');
    const packet = xmp(`<dc:creator><rdf:Seq>${items}</rdf:Seq></dc:creator>`);
    expect(readCredits({ iptc: iim(names.map((name) => [80, name])) })).toEqual({ artist });
    expect(readCredits({ xmp: packet })).toEqual({ artist });
  });
});
