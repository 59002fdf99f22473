import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProtocolError } from '../../src/http2/frames.ts';
import { decodeHeaders, encodeHeaders } from '../../src/http2/hpack.ts';
import { startFakeServer } from '../support/fake-server.ts';

const OPTIONS = { deadlineMs: 10_000 };

it('what is encoded decodes to the same', () => {
  const octets = fc.string({ unit: fc.nat({ max: 255 }).map((code) => String.fromCharCode(code)) });
  const headers = fc.uniqueArray(fc.tuple(octets, octets), { selector: ([name]) => name });
  fc.assert(
    fc.property(headers, (fields) => {
      expect([...decodeHeaders(encodeHeaders(fields))]).toEqual(fields);
    }),
  );
});

it('a string of several hundred octets has a length of several octets', () => {
  const fields = [['x', 'y'.repeat(70_000)]] as const;
  expect([...decodeHeaders(encodeHeaders(fields))]).toEqual(fields);
});

/** RFC 7541, appendix C. */
it.each([
  ['C.2.1', '400a637573746f6d2d6b65790d637573746f6d2d686561646572', ['custom-key: custom-header']],
  ['C.2.2', '040c2f73616d706c652f70617468', [':path: /sample/path']],
  ['C.2.3', '100870617373776f726406736563726574', ['password: secret']],
  ['C.2.4', '82', [':method: GET']],
  [
    'C.4.1',
    '828684418cf1e3c2e5f23a6ba0ab90f4ff',
    [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  ],
  [
    'C.6.1',
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
    [
      ':status: 302',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ],
  ],
  // Two codes of appendix B, of 28 and 30 bits.
  ['B', '00016188fffffe2fffffff3f', ['a: \u{2}\n']],
])('the example %s of the RFC decodes', (_, hex, fields) => {
  const decoded = decodeHeaders(Buffer.from(hex, 'hex'));
  expect([...decoded].map(([name, value]) => `${name}: ${value}`)).toEqual(fields);
});

it('the static table is as long as that of the RFC, and ends with www-authenticate', () => {
  expect([...decodeHeaders(Buffer.from('7d0161', 'hex'))]).toEqual([['www-authenticate', 'a']]);
  expect(() => decodeHeaders(Buffer.from('7e0161', 'hex'))).toThrow('no table entry 62');
});

it('a new size of the table is taken where it is 0', () => {
  expect([...decodeHeaders(Buffer.from('2088', 'hex'))]).toEqual([[':status', '200']]);
  expect(() => decodeHeaders(Buffer.from('3fe11f88', 'hex'))).toThrow('a table');
});

it.each([
  ['an index of 0', '80'],
  ['an index into the dynamic table', 'be'],
  ['an end within a field', '40'],
  ['an end within an integer', 'ff'],
  ['an integer without end', 'ffffffffffffffff'],
  ['a string longer than the block', '00056162'],
  ['a Huffman string that ends with zeros', '00820000'],
  ['a Huffman string with a whole octet of padding', '008200ff'],
  ['a Huffman string with the end-of-string symbol', '0084ffffffff'],
])('%s is an error', (_, hex) => {
  expect(() => decodeHeaders(Buffer.from(hex, 'hex'))).toThrow(ProtocolError);
});

it('any bytes decode, or are an error of the protocol', () => {
  const outcomeOf = (bytes: Uint8Array): unknown => {
    try {
      return decodeHeaders(Buffer.from(bytes));
    } catch (error) {
      return error;
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const outcome = outcomeOf(bytes);
      expect(outcome instanceof Map || outcome instanceof ProtocolError).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('every octet that Node.js sends in a Huffman string is the one that comes', async () => {
  await using fake = await startFakeServer();
  const octets = Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => code >= 0x20 && code !== 0x25 && code !== 0x7f,
  );
  for (const octet of octets) {
    // Node.js sends what is shorter.
    const message = `${'a'.repeat(40)}${String.fromCharCode(octet)}z`;
    const failed = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).failRaw(13, message);
    await expect(failed).rejects.toMatchObject({ message });
  }
});
