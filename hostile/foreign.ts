import { gzipSync } from 'node:zlib';
import { be16, be32, concat, le16, le32, type Part, patched } from './bytes.ts';
import { either, type HostileFile, ofKind, refused } from './hostile-file.ts';
import { ENTITY_BOMB } from './metadata.ts';
import type { Sample } from './samples.ts';

/** Files that are no pictures, or pictures of formats that are not read; and pictures that call themselves something else. */
export function foreignFiles(samples: readonly Sample[]): HostileFile[] {
  return [
    ...noPictures(),
    ...markup(),
    ...otherFormats(),
    ...wrongMagic(samples),
    ...wrongNames(samples),
    ...polyglots(samples),
  ];
}

function noPictures(): HostileFile[] {
  return ofKind('no picture', {
    'empty.jpg': refused(Buffer.alloc(0)),
    'one-byte.png': refused(Buffer.of(0xff)),
    'zeros.webp': refused(Buffer.alloc(4_096)),
    'ones.avif': refused(Buffer.alloc(4_096, 0xff)),
    'text.jpg': refused(Buffer.from('This is no picture.\n'.repeat(50))),
    'csv.gif': refused(Buffer.from('P,Q\n1,2\n')),
    'utf-16.png': refused(Buffer.from('\ufeffno picture', 'utf16le')),
    'matrix.png': refused(Buffer.from('1 0 0\n0 1 0\n0 0 1\n')),
    'magic-only.jpg': refused(Buffer.of(0xff, 0xd8, 0xff)),
    'magic-only.png': refused(Buffer.from('89504e470d0a1a0a', 'hex')),
    'magic-only.gif': refused(Buffer.from('GIF89a')),
    'magic-only.webp': refused(concat('RIFF', le32(100), 'WEBP')),
    'magic-only.avif': refused(concat(be32(24), 'ftypavif', be32(0), 'avifmif1')),
    'magic-only.tif': refused(concat('II', le16(42), le32(8))),
    'vips.v': refused(concat(Buffer.from('08f2a6b6', 'hex'), Buffer.alloc(200))),
  });
}

function svg(body: string): string {
  const names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `<svg ${names} width="40" height="24">${body}</svg>`;
}

function markup(): HostileFile[] {
  const texts: Record<string, string> = {
    'page.html.jpg': '<!doctype html><script>alert(1)</script>',
    'plain.svg': svg('<rect width="9" height="9"/>'),
    'svg.png': svg('<rect width="9" height="9"/>'),
    'entity-bomb.svg': `<?xml version="1.0"?>${ENTITY_BOMB}${svg('<text>&e9;</text>')}`,
    'external-entity.svg': `<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>${svg('<text>&e;</text>')}`,
    'external-image.svg': svg('<image xlink:href="file:///etc/passwd" width="9" height="9"/>'),
    'external-url.svg': svg('<image xlink:href="http://127.0.0.1:9/x.png" width="9" height="9"/>'),
    'huge.svg': svg('').replace('width="40"', 'width="1000000000"'),
    'vector.eps': '%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n',
    'script.mvg': 'push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 "/etc/passwd"\n',
  };
  const cases = Object.entries(texts).map(
    ([name, text]) => [name, refused(Buffer.from(text))] as const,
  );
  return ofKind('markup', {
    ...Object.fromEntries(cases),
    'zipped.svgz': refused(gzipSync(svg(''))),
  });
}

function header(...parts: readonly Part[]): Buffer {
  return concat(...parts, Buffer.alloc(600));
}

function otherFormats(): HostileFile[] {
  const files = { ...rasterFormats(), ...otherContainers() };
  const cases = Object.entries(files).map(([name, bytes]) => [name, refused(bytes)] as const);
  return ofKind('other format', Object.fromEntries(cases));
}

function rasterFormats(): Record<string, Buffer> {
  return {
    'page.pdf': header('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n'),
    'grey.pgm': header('P5 4 4 255\n'),
    'rgb.ppm': header('P6 4 4 255\n'),
    'huge.ppm': header('P6 2000000000 2000000000 255\n'),
    'float.pfm': header('PF\n4 4\n-1.0\n'),
    'bitmap.bmp': header(
      'BM',
      le32(654),
      le32(0),
      le32(54),
      le32(40),
      le32(10),
      le32(20),
      le16(1),
      le16(24),
    ),
    'icon.ico': header(le16(0), le16(1), le16(1), 16, 16, 0, 0),
    'layers.psd': header(
      '8BPS',
      be16(1),
      Buffer.alloc(6),
      be16(3),
      be32(24),
      be32(40),
      be16(8),
      be16(3),
    ),
    'sky.fits': header(
      'SIMPLE  =                    T'.padEnd(80),
      'BITPIX  =                    8'.padEnd(80),
    ),
    'light.hdr': header('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 4\n'),
    'light.exr': header(Buffer.from('762f3101', 'hex'), le32(2)),
  };
}

function otherContainers(): Record<string, Buffer> {
  return {
    'wavelets.jp2': header(
      be32(12),
      'jP  ',
      be32(0x0d0a870a),
      be32(20),
      'ftypjp2 ',
      be32(0),
      'jp2 ',
    ),
    'wavelets.j2k': header(Buffer.from('ff4fff51', 'hex'), be16(47)),
    'still.jxl': header(Buffer.from('ff0a', 'hex')),
    'boxed.jxl': header(be32(12), 'JXL ', be32(0x0d0a870a), be32(20), 'ftypjxl '),
    'photo.heic': header(be32(24), 'ftypheic', be32(0), 'mif1heic'),
    'scan.djvu': header('AT&TFORM', be32(500), 'DJVUINFO'),
    'movie.mp4': header(be32(24), 'ftypisom', be32(0), 'isommp42'),
    'movie.mkv': header(Buffer.from('1a45dfa3', 'hex')),
    'program.elf': header(Buffer.from('7f454c46', 'hex')),
    'slide.svs': header('MM', be16(43), be16(8), be16(0)),
    'matlab.mat': header('MATLAB 5.0 MAT-file'),
    'table.nii': header(le32(348)),
  };
}

/** The first bytes of each format before the data of the next. */
function wrongMagic(samples: readonly Sample[]): HostileFile[] {
  const magicBytes = 12;
  const cases = samples.map(({ name, bytes }, index) => {
    const other = samples[(index + 4) % samples.length]!;
    const mixed = patched(bytes, 0, other.bytes.subarray(0, magicBytes));
    return [`magic-of-${other.name}-before-${name}`, either(mixed)] as const;
  });
  return ofKind('wrong magic', Object.fromEntries(cases));
}

/** Good files: an extension says nothing. */
function wrongNames(samples: readonly Sample[]): HostileFile[] {
  const cases = samples.map(({ name, bytes, size }, index) => {
    const extension = ['exe', 'svg', 'jpg', 'png', 'txt'][index % 5];
    return [`${name}.${extension}`, [bytes, { ends: 'processed', size }]] as const;
  });
  return ofKind('wrong extension', Object.fromEntries(cases));
}

function polyglots(samples: readonly Sample[]): HostileFile[] {
  const [jpeg, , png] = samples as readonly [Sample, Sample, Sample];
  const zip = concat(
    'PK',
    3,
    4,
    Buffer.alloc(26),
    'x.png',
    png.bytes,
    'PK',
    5,
    6,
    Buffer.alloc(18),
  );
  const script = '<script>alert(1)</script>';
  return ofKind('polyglot', {
    'holds-png.zip': refused(zip),
    'empty.zip': refused(concat('PK', 5, 6, Buffer.alloc(18))),
    'png.gz': refused(gzipSync(png.bytes)),
    'script.gif': refused(Buffer.from('GIF89a/*/=0;alert(1)//*/')),
    'jpeg-then-zip.jpg': either(concat(jpeg.bytes, zip), jpeg.size),
    'jpeg-then-script.jpg': either(concat(jpeg.bytes, script), jpeg.size),
    'png-then-jpeg.png': either(concat(png.bytes, jpeg.bytes), png.size),
    'script-then-png.png': refused(concat(script, png.bytes)),
    'bom-then-png.png': refused(concat(0xef, 0xbb, 0xbf, png.bytes)),
    'pdf-then-jpeg.pdf': refused(concat('%PDF-1.7\n', jpeg.bytes)),
    'base64.png': refused(Buffer.from(png.bytes.toString('base64'))),
    'data-url.png': refused(Buffer.from(`data:image/png;base64,${png.bytes.toString('base64')}`)),
    'newlines-changed.png': refused(
      Buffer.from(png.bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    ),
  });
}
