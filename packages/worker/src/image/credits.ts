import { Buffer, isUtf8 } from 'node:buffer';

/**
 * What a result keeps of its source's metadata: who made the picture, and what it shows. Each is one line of 1–2000
 * characters, without controls and overrides of the writing direction; several values are joined by `; `.
 */
export interface Credits {
  readonly copyright?: string | undefined;
  readonly artist?: string | undefined;
  readonly description?: string | undefined;
}

/** Blocks as sharp's `metadata()` has them. They are only read. */
interface MetadataBlocks {
  /** A TIFF header, or `Exif\0\0` and one. A TIFF keeps the same entries in its own directory: then the whole file. */
  readonly exif?: Uint8Array | undefined;
  /** IIM, bare (of a TIFF) or among Photoshop's resources (of a JPEG). */
  readonly iptc?: Uint8Array | undefined;
  /** XML in UTF-8. */
  readonly xmp?: Uint8Array | undefined;
}

/** Where a credit stands: the entry of EXIF's IFD0, IIM's data set of record 2, XMP's property and the list of its values. */
interface Place {
  readonly tag: number;
  readonly exif: string;
  readonly iim: number;
  readonly xmp: string;
  readonly list: 'Alt' | 'Seq';
}

/** From EXIF 3.0, IPTC IIM 4.2 and XMP part 1. `dc` is the prefix that all writers take for Dublin Core. */
const PLACES: Readonly<Record<keyof Credits, Place>> = {
  copyright: { tag: 0x8298, exif: 'Copyright', iim: 116, xmp: 'dc:rights', list: 'Alt' },
  artist: { tag: 0x013b, exif: 'Artist', iim: 80, xmp: 'dc:creator', list: 'Seq' },
  description: {
    tag: 0x010e,
    exif: 'ImageDescription',
    iim: 120,
    xmp: 'dc:description',
    list: 'Alt',
  },
};
const CREDITS = Object.keys(PLACES) as (keyof Credits)[];

const MAX_CHARACTERS = 2000;
/** Looked at of one credit, where it may have several values. */
const MAX_VALUES = 100;
/** Looked at of a value in EXIF or IPTC: {@link MAX_CHARACTERS} in UTF-8. */
const MAX_VALUE_BYTES = 4 * MAX_CHARACTERS;
/** Looked at of IPTC, and of XMP (256 KiB). Of EXIF it is one directory: at most 65,535 entries of 12 bytes. */
const MAX_BLOCK_BYTES = 256 * 1024;

/** Field types ASCII and UTF-8 (EXIF 3.0). */
const TEXT_TYPES: ReadonlySet<number> = new Set([2, 129]);
/** What stands before the resource of Photoshop that holds IIM. */
const IIM_RESOURCE = Buffer.from('8BIM\x04\x04', 'latin1');
/**
 * A comment, an instruction, a tag or a text. Sticky: reading ends at what is none of them, a DTD for one, so that no
 * entities get defined. No part can match the same characters in two ways, which keeps it linear.
 */
const XML_PIECE =
  /<!--[^]*?-->|<\?[^]*?\?>|<(\/?)([^\s<>"'=/!?]+)(?![^\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*)>|([^<]+)/gy;
const XML_ATTRIBUTE = /\s*([^\s"'=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;
const XML_REFERENCE = /&(?:#(x[\dA-Fa-f]{1,6}|\d{1,7})|(amp|lt|gt|quot|apos));/g;
const XML_ENTITIES = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }));
/** Controls other than white space, halves of surrogate pairs, what XML cannot hold, overrides of the direction. */
const UNWANTED = /[[\p{Cc}\p{Cs}\uFFFE\uFFFF\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]--\s]/gv;

/**
 * Reads the credits: each from the first of EXIF, IPTC and XMP that has it. What cannot be read is absent. Never throws,
 * and takes time in proportion to the bytes it looks at ({@link MAX_BLOCK_BYTES}), whatever they are.
 */
export function readCredits({ exif, iptc, xmp }: MetadataBlocks): Credits {
  const properties = xmp ? xmpTexts(xmp) : undefined;
  const credits: { -readonly [name in keyof Credits]: string } = {};
  for (const name of CREDITS) {
    const place = PLACES[name];
    const text =
      (exif && oneLine(exifTexts(exif, place))) ||
      (iptc && oneLine(iptcTexts(iptc, place))) ||
      oneLine(properties?.get(place.xmp) ?? []);
    if (text) credits[name] = text;
  }
  return credits;
}

/**
 * The credits that EXIF can hold, as sharp's `withExif()` takes them; undefined without any. libvips writes ASCII only, a
 * look-alike or `?` for all else: such credits are left to {@link xmpOf}, so that what EXIF says is never wrong.
 */
export function exifOf(credits: Credits): { IFD0: Record<string, string> } | undefined {
  const entries = CREDITS.flatMap((name) => {
    const text = credits[name] ?? '';
    if (!/^[ -~]+$/.test(text)) return [];
    // libvips takes parentheses at the end for a remark of its own and drops them: it gets some to drop.
    return [[PLACES[name].exif, text.endsWith(')') ? `${text} ()` : text]];
  });
  return entries.length > 0 ? { IFD0: Object.fromEntries(entries) } : undefined;
}

/** All credits, exactly, as sharp's `withXmp()` takes them: at most 31 KB (libvips leaves 60 KB out of a JPEG). */
export function xmpOf(credits: Credits): string | undefined {
  const properties = CREDITS.flatMap((name) => {
    const { xmp: property, list } = PLACES[name];
    const text = credits[name]?.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
    const language = list === 'Alt' ? ' xml:lang="x-default"' : '';
    const item = `<rdf:li${language}>${text}</rdf:li>`;
    return text ? [`<${property}><rdf:${list}>${item}</rdf:${list}></${property}>`] : [];
  });
  if (properties.length === 0) return undefined;
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">',
    ...properties,
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
  ].join('\n');
}

/** The texts of an entry of IFD0. No other directory is read: none can lead in a circle. */
function exifTexts(exif: Uint8Array, { tag }: Place): string[] {
  const tiff = latin1(exif.subarray(0, 6)) === 'Exif\0\0' ? exif.subarray(6) : exif;
  const order = latin1(tiff.subarray(0, 4));
  if (tiff.length < 8 || !['II*\0', 'MM\0*'].includes(order)) return [];
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const isLittle = order === 'II*\0';
  const first = view.getUint32(4, isLittle) + 2;
  if (first > tiff.length) return [];
  const complete = Math.floor((tiff.length - first) / 12);
  const count = Math.min(view.getUint16(first - 2, isLittle), complete);
  for (let at = first; at < first + count * 12; at += 12) {
    if (view.getUint16(at, isLittle) === tag) return entryTexts(tiff, view, at, isLittle);
  }
  return [];
}

/** The texts of the entry at `at`: a copyright has the photographer's, NUL, the editor's; after others, NUL ends. */
function entryTexts(tiff: Uint8Array, view: DataView, at: number, isLittle: boolean): string[] {
  if (!TEXT_TYPES.has(view.getUint16(at + 2, isLittle))) return [];
  const length = view.getUint32(at + 4, isLittle);
  const from = length <= 4 ? at + 8 : view.getUint32(at + 8, isLittle);
  const parts = view.getUint16(at, isLittle) === PLACES.copyright.tag ? 2 : 1;
  return decode(tiff.subarray(from, from + length), MAX_VALUE_BYTES).split('\0', parts);
}

/** The texts of a data set of record 2, which may be repeated: 0x1C, record, data set, two bytes of length, value. */
function iptcTexts(iptc: Uint8Array, { iim: dataSet }: Place): string[] {
  const iim = iimOf(iptc.subarray(0, MAX_BLOCK_BYTES));
  const texts: string[] = [];
  // A first byte of the length above 0x7F means a longer length, which no credit has.
  for (
    let at = 0, end = 0;
    at + 5 <= iim.length && iim[at] === 0x1c && iim[at + 3]! < 0x80;
    at = end
  ) {
    end = at + 5 + iim[at + 3]! * 256 + iim[at + 4]!;
    if (iim[at + 1] !== 2 || iim[at + 2] !== dataSet) continue;
    if (texts.push(decode(iim.subarray(at + 5, end), MAX_VALUE_BYTES)) === MAX_VALUES) break;
  }
  return texts;
}

/** The IIM of a block: in Photoshop's resource after a name, its length first, the whole even, and a size in 4 bytes. */
function iimOf(block: Uint8Array): Uint8Array {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  const name = bytes.indexOf(IIM_RESOURCE) + IIM_RESOURCE.length;
  if (name < IIM_RESOURCE.length) return bytes;
  const size = name + 2 * Math.floor((bytes[name] ?? 0) / 2 + 1);
  return bytes.subarray(size + 4);
}

/** The texts of each property of the picture itself; those of pictures that it was made from lie deeper. */
function xmpTexts(xmp: Uint8Array): Map<string, string[]> {
  const texts = new Map(CREDITS.map((name): [string, string[]] => [PLACES[name].xmp, []]));
  const path: string[] = [];
  let isDefault = false;
  const pieces = decode(xmp, MAX_BLOCK_BYTES).matchAll(XML_PIECE);
  for (const [, slash, tag, rest = '', text = ''] of pieces) {
    if (slash) path.pop();
    else if (tag) {
      const attributes = attributesOf(rest);
      isDefault = attributes.some(([name, value]) => name === 'xml:lang' && value === 'x-default');
      path.push(tag);
      // An attribute is short for an element.
      for (const [name, value] of attributes) keepText(texts, [...path.slice(-2), name], value);
      if (rest.endsWith('/')) path.pop();
    } else keepText(texts, path, text, isDefault);
  }
  return texts;
}

function attributesOf(text: string): [name: string, value: string][] {
  const matches = [...text.matchAll(XML_ATTRIBUTE)];
  return matches.map(([, name = '', double, single = '']) => [name, double ?? single]);
}

/** Keeps a text at `path`, if it is a credit's: all names, but of alternatives the default one, else the first. */
function keepText(
  texts: ReadonlyMap<string, string[]>,
  path: readonly string[],
  text: string,
  isDefault?: boolean,
): void {
  const kept = texts.get(propertyAt(path));
  if (!kept || kept.length === MAX_VALUES || !text.trim()) return;
  if (kept.length === 0 || kept === texts.get(PLACES.artist.xmp)) kept.push(unescape(text));
  else if (isDefault) kept[0] = unescape(text);
}

/** The property that has its value at `path`, or an item of its list there; else ''. */
function propertyAt(path: readonly string[]): string {
  const [rdf, description, property = ''] = path.slice(path.at(-1) === 'rdf:li' ? -5 : -3);
  return rdf === 'rdf:RDF' && description === 'rdf:Description' ? property : '';
}

/** The text with its references replaced, once; one that XML does not define stays as it is. */
function unescape(text: string): string {
  return text.replace(XML_REFERENCE, (_, number: string | undefined, name: string) => {
    if (number === undefined) return XML_ENTITIES.get(name)!;
    const code = Number(`0${number}`);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** At most `maxBytes` as UTF-8, or where they are not as Latin-1. */
function decode(bytes: Uint8Array, maxBytes: number): string {
  let end = Math.min(bytes.length, maxBytes);
  // Cut before a character, not within: it may have three bytes more.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  const kept = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  return kept.toString(isUtf8(kept) ? 'utf8' : 'latin1');
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function oneLine(texts: readonly string[]): string {
  const lines = texts.map(clean).filter((text) => text !== '');
  return clean(lines.join('; '));
}

function clean(text: string): string {
  const line = text.replace(UNWANTED, '').replace(/\s+/g, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * MAX_CHARACTERS)).slice(0, MAX_CHARACTERS);
  return characters.join('').trimEnd();
}
