/** Tags of EXIF entries. */
export const COPYRIGHT = 0x8298;
export const ARTIST = 0x013b;
export const DESCRIPTION = 0x010e;

/** An entry of EXIF's IFD0, by default of type ASCII (2). */
export type Entry = readonly [tag: number, value: string | Buffer, type?: number];

/** EXIF whose IFD0 has these entries. */
export function exifBlock(entries: readonly Entry[], order: 'II' | 'MM' = 'II'): Buffer {
  const uint = (size: 2 | 4, value: number): Buffer => {
    const bytes = Buffer.alloc(size);
    if (order === 'II') bytes.writeUIntLE(value, 0, size);
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  const values = entries.map(([, value]) => Buffer.from(value as string));
  let end = 14 + entries.length * 12;
  const directory = entries.flatMap(([tag, , type = 2], i) => {
    const { length } = values[i]!;
    const inline = Buffer.concat([values[i]!, Buffer.alloc(4)]).subarray(0, 4);
    const place = length <= 4 ? inline : uint(4, end);
    end += length;
    return [uint(2, tag), uint(2, type), uint(4, length), place];
  });
  const header = [Buffer.from(order), uint(2, 42), uint(4, 8), uint(2, entries.length)];
  return Buffer.concat([...header, ...directory, uint(4, 0), ...values]);
}

/** IPTC's IIM that has these data sets in its record 2. */
export function iim(sets: readonly (readonly [dataSet: number, value: string | Buffer])[]): Buffer {
  const parts = sets.map(([dataSet, value]) => {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([Buffer.of(0x1c, 2, dataSet, bytes.length >> 8, bytes.length), bytes]);
  });
  return Buffer.concat([Buffer.from('\x1c\x01\x5a\x00\x03\x1b%G'), ...parts]);
}

/** Photoshop's resources, as a JPEG has them: one, and then IIM under a name. */
export function photoshop(data: Buffer, name: string): Buffer {
  const other = Buffer.from('Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x02xx', 'latin1');
  const counted = `8BIM\x04\x04${String.fromCharCode(name.length)}${name}`;
  const head = Buffer.from(counted.length % 2 === 0 ? counted : `${counted}\0`);
  return Buffer.concat([other, head, Buffer.of(0, 0, data.length >> 8, data.length), data]);
}

/** XMP that says this of the picture, in elements and in attributes. */
export function xmp(properties: string, attributes = ''): Buffer {
  const resource = `<rdf:Description rdf:about="" ${attributes}>${properties}</rdf:Description>`;
  return Buffer.from(`<x:xmpmeta><rdf:RDF>${resource}</rdf:RDF></x:xmpmeta>`);
}
