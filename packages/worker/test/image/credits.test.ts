import { OUTPUT_FORMATS, type OutputFormat } from '@imagen/contracts';
import fc from 'fast-check';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Credits, exifOf, readCredits, xmpOf } from '../../src/image/credits.ts';
import {
  ARTIST,
  COPYRIGHT,
  DESCRIPTION,
  type Entry,
  exifBlock,
  iim,
  photoshop,
  xmp,
} from '../support/metadata-blocks.ts';

const FULL: Credits = {
  copyright: '© 2026 Ünïcode 写真 😀',
  artist: 'Ann <a&b@example.org> "A" (both)',
  description: "it's &amp; ]]> café",
};
const anyCharacter = fc.constantFrom(...Array.from('ab();& <>"\'\u202e\0\n\té写😀'));
/** Any credits: what is kept of any text. */
const anyCredits = fc
  .array(fc.string({ unit: anyCharacter }), { maxLength: 3 })
  .map((texts) => readCredits({ iptc: iim(texts.map((text, i) => [[116, 80, 120][i]!, text])) }));

const WRITERS: Record<OutputFormat, (image: Sharp) => Sharp> = {
  jpeg: (image) => image.jpeg(),
  png: (image) => image.png(),
  webp: (image) => image.webp({ effort: 0 }),
  avif: (image) => image.avif({ effort: 0 }),
};

function blank(): Sharp {
  return sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } });
}

/** What sharp reads of a picture that was written with these credits. */
async function written(credits: Credits, format: OutputFormat): Promise<Metadata> {
  const image = blank();
  const exif = exifOf(credits);
  const packet = xmpOf(credits);
  if (exif) image.withExif(exif);
  if (packet) image.withXmp(packet);
  return sharp(await WRITERS[format](image).toBuffer()).metadata();
}

describe('credits in a result', () => {
  it.each(OUTPUT_FORMATS)(
    'of %s are read again as they were; EXIF has the same or none',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(anyCredits, async (credits) => {
          const metadata = await written(credits, format);
          expect(readCredits(metadata)).toEqual(credits);
          expect(credits).toMatchObject(readCredits({ exif: metadata.exif }));
        }),
        { numRuns: 30, examples: [[FULL]] },
      );
    },
  );

  it.each(OUTPUT_FORMATS)('of %s may all be as long as can be', async (format) => {
    const longest = {
      copyright: '&'.repeat(2000),
      artist: `${'x'.repeat(1999)})`,
      description: '写'.repeat(2000),
    };
    const { exif, xmp: packet } = await written(longest, format);
    expect(readCredits({ xmp: packet })).toEqual(longest);
    expect(readCredits({ exif })).toEqual({ ...longest, description: undefined });
  });

  it('are all that is kept of a source', async () => {
    const camera = { ImageDescription: 'a cat', Make: 'Maker', Software: 'Editor' };
    const source = blank().withExif({ IFD0: camera, IFD3: { GPSLatitudeRef: 'N' } });
    const jpeg = await source.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { exif, orientation } = await sharp(jpeg).metadata();
    expect([exif?.includes('Maker'), orientation]).toEqual([true, 6]);
    expect(exifOf(readCredits({ exif }))).toEqual({ IFD0: { ImageDescription: 'a cat' } });
  });

  it.each([{}, { artist: '' }])('that are none (%j) are written nowhere', (none) => {
    expect([exifOf(none), xmpOf(none)]).toEqual([undefined, undefined]);
  });
});

describe('a credit', () => {
  it('is taken from EXIF, else from IPTC, else from XMP', () => {
    const empty = { exif: exifBlock([[COPYRIGHT, ' \0']]), iptc: iim([[116, '\n']]), xmp: xmp('') };
    const blocks = {
      exif: exifBlock([[COPYRIGHT, 'exif\0']]),
      iptc: iim([[116, 'iptc']]),
      xmp: xmp('<dc:rights>xmp</dc:rights>'),
    };
    const names = fc.subarray(['exif', 'iptc', 'xmp'] as const);
    fc.assert(
      fc.property(names, fc.constantFrom({}, empty), (having, others) => {
        const given = Object.fromEntries(having.map((name) => [name, blocks[name]]));
        expect(readCredits({ ...others, ...given })).toEqual({ copyright: having[0] });
      }),
    );
  });

  it.each(['II', 'MM'] as const)('is read from EXIF in byte order %s', (order) => {
    const entries: Entry[] = [
      [DESCRIPTION, 'cat'],
      [ARTIST, 'Ann Lee\0junk'],
      [COPYRIGHT, '© 2026\0', 129],
    ];
    const exif = exifBlock(entries, order);
    const expected = { copyright: '© 2026', artist: 'Ann Lee', description: 'cat' };
    expect(readCredits({ exif })).toEqual(expected);
    expect(readCredits({ exif: Buffer.concat([Buffer.from('Exif\0\0'), exif]) })).toEqual(expected);
  });

  it.each([
    ['Ann\0', 'Ann'],
    ['Ann\0Bob\0', 'Ann; Bob'],
    [' \0Bob\0', 'Bob'],
    ['Ann\0Bob\0junk', 'Ann; Bob'],
  ])("of EXIF's copyright %j is %j: the photographer's and the editor's", (value, copyright) => {
    expect(readCredits({ exif: exifBlock([[COPYRIGHT, value]]) })).toEqual({ copyright });
  });

  it('of EXIF is a text: numbers are none', () => {
    expect(readCredits({ exif: exifBlock([[ARTIST, 'Ann Lee', 3]]) })).toEqual({});
  });

  it('of a TIFF is in its own directory, which may lie at the end', async () => {
    const tiff = await blank().tiff().toBuffer();
    const first = tiff.readUInt32LE(4);
    const count = tiff.readUInt16LE(first);
    const entry = exifBlock([[DESCRIPTION, 'cat']]).subarray(10, 22);
    const others = tiff.subarray(first + 2, first + 2 + count * 12 + 4);
    const bytes = Buffer.concat([tiff, Buffer.of(count + 1, 0), entry, others]);
    bytes.writeUInt32LE(tiff.length, 4);
    const metadata = await sharp(bytes).metadata();
    expect(metadata).toMatchObject({ format: 'tiff', width: 8 });
    expect(readCredits(metadata)).toEqual({});
    expect(readCredits({ ...metadata, exif: bytes })).toEqual({ description: 'cat' });
  });

  it.each(['', 'a', 'ab'])('of IPTC in a JPEG is in a resource named %j', async (name) => {
    const names = ['Ann', '', 'Bob'].map((value) => [80, value] as const);
    const sets = iim([[120, 'cat'], [116, '© 2026'], ...names]);
    const data = photoshop(sets, name);
    const jpeg = await blank().jpeg().toBuffer();
    const segment = [Buffer.of(0xff, 0xed, 0, data.length + 2), data];
    const source = Buffer.concat([jpeg.subarray(0, 2), ...segment, jpeg.subarray(2)]);
    const expected = { copyright: '© 2026', artist: 'Ann; Bob', description: 'cat' };
    expect(readCredits(await sharp(source).metadata())).toEqual(expected);
    expect(readCredits({ iptc: sets })).toEqual(expected);
  });

  it.each([
    ['another record', Buffer.of(0x1c, 3, 80, 0, 1, 65)],
    ['a longer length', Buffer.of(0x1c, 2, 80, 0x80, 4, 0, 0, 0, 1, 65)],
  ])('of IPTC is not in %s', (_, iptc) => {
    expect(readCredits({ iptc })).toEqual({});
  });

  const LI = '<rdf:li>first</rdf:li>';
  const DEFAULT = "<rdf:li xml:lang = 'x-default'>default</rdf:li>";
  it.each<[value: string, copyright?: string]>([
    ['direct', 'direct'],
    [`\n<rdf:Alt>\n${LI}<rdf:li>second</rdf:li>\n</rdf:Alt>`, 'first'],
    [`<rdf:Alt>${LI}${DEFAULT}</rdf:Alt>`, 'default'],
    [`<rdf:Alt>${DEFAULT}${LI}</rdf:Alt>`, 'default'],
    [`<x:y z=">" a='/>'/><!-- > --><?a > ?>direct`, 'direct'],
    ['&lt;&amp;amp;&#169;&#x1F600;&gt;&quot;&apos;&#xD800;&#x110000;&no;', '<&amp;©😀>"\'&no;'],
    [`<x:of><rdf:Description dc:rights="no"><dc:rights>no</dc:rights></rdf:Description></x:of>`],
    ['<rdf:li>no list</rdf:li>'],
    [''],
  ])('of XMP that says %j is %j', (value, copyright) => {
    const properties = `<dc:rights>${value}</dc:rights><dc:rights/>`;
    expect(readCredits({ xmp: xmp(properties) })).toEqual({ copyright });
  });

  it('of XMP may be an attribute', () => {
    const attributes = `x:y=" dc:rights='no'" dc:rights = '"&lt;' dc:creator="Ann"`;
    expect(readCredits({ xmp: xmp('', attributes) })).toEqual({ copyright: '"<', artist: 'Ann' });
  });

  it('of XMP has all creators', () => {
    const names = `${DEFAULT}${LI}${DEFAULT}`;
    const { artist } = readCredits({
      xmp: xmp(`<dc:creator><rdf:Seq>${names}</rdf:Seq></dc:creator>`),
    });
    expect(artist).toBe('default; first; default');
  });
});

describe('the text of a credit', () => {
  const readText = (value: string | Buffer) =>
    readCredits({ iptc: iim([[120, value]]) }).description;

  it.each([
    [Buffer.from('Café', 'latin1'), 'Café'],
    [Buffer.from('Café'), 'Café'],
    [' a\t\r\nb\0\u200fc\u202e\u2066\u061c\ufffe\u0085 \0 d\ufeff', 'a bc d'],
    ['\0 \u202a\0', undefined],
  ])('of %j is %j', (value, text) => {
    expect(readText(value)).toBe(text);
  });

  it('has at most 2000 characters', () => {
    const emoji = '😀'.repeat(1999);
    expect(readText('x'.repeat(2001))).toBe('x'.repeat(2000));
    expect(readText(`x${emoji}`)).toBe(`x${emoji}`);
    const names = iim(['x'.repeat(1998), 'Bob'].map((value) => [80, value]));
    expect(readCredits({ iptc: names })).toEqual({ artist: `${'x'.repeat(1998)};` });
  });
});
