import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multipartBoundary, parseMultipart, type Part } from '../../src/storage/multipart.ts';
import { refusal } from './support/storage-requests.ts';

const BOUNDARY = '==b==';

/** A body as clients write it. */
function multipart(parts: readonly Part[], boundary = BOUNDARY): Buffer {
  const written = parts.flatMap(({ contentType, bytes }) => [
    Buffer.from(`--${boundary}\r\n`),
    Buffer.from(contentType === undefined ? '\r\n' : `content-type: ${contentType}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...written, Buffer.from(`--${boundary}--`)]);
}

// Bytes that come as near to a delimiter as data may.
const nearDelimiters = [
  '\r\n',
  '--',
  '\r',
  '\n',
  BOUNDARY,
  `\r\n--${BOUNDARY}x`,
  `\r\n--${BOUNDARY}-`,
  `--${BOUNDARY}\r\n`,
  `\r\n-${BOUNDARY}`,
];
const data = fc
  .array(
    fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(...nearDelimiters).map((text) => Buffer.from(text)),
    ),
  )
  .map((pieces) => Buffer.concat(pieces))
  .filter(
    (bytes) =>
      !/\r\n--==b==(\r\n|--(\r\n|$))/.test(bytes.toString('latin1')) && !endsLikeDelimiter(bytes),
  );
const part = fc.record({
  contentType: fc.option(fc.constantFrom('image/png', 'application/json; charset=UTF-8'), {
    nil: undefined,
  }),
  bytes: data,
});

// With the CRLF that follows it, such an end would be a delimiter.
function endsLikeDelimiter(bytes: Buffer): boolean {
  return bytes.toString('latin1').endsWith(`\r\n--${BOUNDARY}`);
}

describe('a multipart body', () => {
  it('gives back all parts whatever bytes they hold', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        expect(parseMultipart(multipart(parts), BOUNDARY)).toEqual(parts);
      }),
      { numRuns: 1000 },
    );
  });

  it('may have a preamble before and a line end after it', () => {
    const parts = [{ contentType: 'text/plain', bytes: Buffer.from('hello') }];
    const body = Buffer.concat([Buffer.from('hi\r\n'), multipart(parts), Buffer.from('\r\n')]);
    expect(parseMultipart(body, BOUNDARY)).toEqual(parts);
  });

  it('is refused when it was cut off anywhere', () => {
    const body = multipart([
      { contentType: 'application/json', bytes: Buffer.from('{}') },
      { contentType: 'image/png', bytes: Buffer.from('\r\npixels\r\n') },
    ]);
    fc.assert(
      fc.property(fc.nat({ max: body.length - 1 }), (cutBytes) => {
        expect(refusal(() => parseMultipart(body.subarray(0, cutBytes), BOUNDARY))).toBe(400);
      }),
    );
  });

  it('is refused when the headers of a part do not end', () => {
    const body = Buffer.from(`--${BOUNDARY}\r\ncontent-type: a/b\r\n--${BOUNDARY}--`);
    expect(refusal(() => parseMultipart(body, BOUNDARY))).toBe(400);
  });

  it('never makes the parser fail in another way than by a 400', () => {
    fc.assert(
      fc.property(data, (bytes) => {
        const body = Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n`), bytes]);
        expect([0, 400]).toContain(refusal(() => parseMultipart(body, BOUNDARY)));
      }),
    );
  });
});

describe('the boundary', () => {
  it.each([
    ['multipart/related; boundary=abc', 'abc'],
    ['multipart/related; boundary="==a b=="', '==a b=='],
    ['Multipart/Related; type="application/json"; Boundary=x.y', 'x.y'],
  ])('of %j is %j', (contentType, boundary) => {
    expect(multipartBoundary(contentType)).toBe(boundary);
  });

  it.each([undefined, 'application/json', 'multipart/related', 'multipart/related; boundary='])(
    'is asked for when the content type is %j',
    (contentType) => {
      expect(refusal(() => multipartBoundary(contentType))).toBe(400);
    },
  );
});
