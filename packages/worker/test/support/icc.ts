/** X, Y and Z of the primaries red, green and blue, adapted to D50. */
type Colorants = readonly (readonly [x: number, y: number, z: number])[];

/** Adobe RGB (1998), as its own profile has it. */
export const ADOBE_RGB: { readonly colorants: Colorants; readonly gamma: number } = {
  colorants: [
    [0.609_74, 0.311_11, 0.019_47],
    [0.205_28, 0.625_67, 0.060_87],
    [0.149_19, 0.063_22, 0.744_57],
  ],
  gamma: 563 / 256,
};

const HEADER_BYTES = 128;
const XYZ_BYTES = 20;
const CURVE_BYTES = 14;

/** A display profile of three primaries and one gamma (ICC.1:2001-04). */
export function iccProfile({ colorants, gamma }: typeof ADOBE_RGB): Buffer {
  const primaries = colorants.map((xyz) => xyzTag(xyz));
  const tags = new Map([
    ...['rXYZ', 'gXYZ', 'bXYZ'].map((name, c) => [name, primaries[c]!] as const),
    ...['rTRC', 'gTRC', 'bTRC'].map((name) => [name, curveTag(gamma)] as const),
  ]);
  const table = Buffer.alloc(4 + 12 * tags.size);
  table.writeUInt32BE(tags.size);
  let at = HEADER_BYTES + table.length;
  for (const [i, [name, tag]] of [...tags].entries()) {
    table.write(name, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(tag.length, 12 + 12 * i);
    at += tag.length;
  }
  return Buffer.concat([header(at), table, ...tags.values()]);
}

function header(profileBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32BE(profileBytes);
  bytes.writeUInt32BE(0x02_40_00_00, 8);
  bytes.write('mntrRGB XYZ ', 12, 'latin1');
  bytes.write('acsp', 36, 'latin1');
  xyzTag([0.9642, 1, 0.8249]).copy(bytes, 68, 8);
  return bytes;
}

function xyzTag(xyz: readonly number[]): Buffer {
  const bytes = Buffer.alloc(XYZ_BYTES);
  bytes.write('XYZ ', 'latin1');
  for (const [i, value] of xyz.entries()) {
    bytes.writeInt32BE(Math.round(value * 65_536), 8 + 4 * i);
  }
  return bytes;
}

function curveTag(gamma: number): Buffer {
  const bytes = Buffer.alloc(CURVE_BYTES + 2);
  bytes.write('curv', 'latin1');
  bytes.writeUInt32BE(1, 8);
  bytes.writeUInt16BE(Math.round(gamma * 256), 12);
  return bytes;
}
