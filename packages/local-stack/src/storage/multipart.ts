import { invalid } from './errors.ts';

/** One part of a multipart body. */
export interface Part {
  readonly contentType: string | undefined;
  /** A view of the body, not a copy. */
  readonly bytes: Buffer;
}

const MAX_PART_HEADERS_BYTES = 16_384;

/** The boundary in a `multipart/related` content type, quoted or not; throws a 400 without one. */
export function multipartBoundary(contentType = ''): string {
  const match = /^multipart\/related\b.*;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) {
    throw invalid('Invalid Content-Type: expected multipart/related with a boundary');
  }
  return boundary;
}

/**
 * Splits a body at its delimiter lines (RFC 2046, section 5.1.1): CRLF, `--boundary`, then CRLF, or `--` at the end.
 * Everything else is data, also what looks nearly like a delimiter. Throws a 400 where a delimiter is missing.
 */
export function parseMultipart(body: Buffer, boundary: string): Part[] {
  const marker = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  let delimiter = firstDelimiter(body, marker);
  while (!delimiter.isLast) {
    const headersEnd = findHeadersEnd(body, delimiter.endByte);
    const next = findDelimiter(body, marker, headersEnd);
    parts.push({
      contentType: contentTypeOf(body.toString('latin1', delimiter.endByte, headersEnd)),
      bytes: body.subarray(headersEnd, next.startByte),
    });
    delimiter = next;
  }
  return parts;
}

interface Delimiter {
  /** Where its CRLF starts: the end of the part before it. */
  readonly startByte: number;
  /** Where the headers of the part after it start. */
  readonly endByte: number;
  readonly isLast: boolean;
}

// At the start of a body a delimiter comes without its CRLF.
function firstDelimiter(body: Buffer, marker: Buffer): Delimiter {
  const bare = marker.subarray(2);
  const atStart = body.subarray(0, bare.length).equals(bare);
  return (
    (atStart ? delimiterAt(body, 0, bare.length) : undefined) ?? findDelimiter(body, marker, 0)
  );
}

function findDelimiter(body: Buffer, marker: Buffer, fromByte: number): Delimiter {
  let at = body.indexOf(marker, fromByte);
  while (at !== -1) {
    const delimiter = delimiterAt(body, at, at + marker.length);
    if (delimiter !== undefined) return delimiter;
    at = body.indexOf(marker, at + 1);
  }
  throw invalid('Invalid multipart body: the closing delimiter is missing');
}

function delimiterAt(body: Buffer, startByte: number, markerEnd: number): Delimiter | undefined {
  const after = body.toString('latin1', markerEnd, markerEnd + 4);
  if (after.startsWith('\r\n')) return { startByte, endByte: markerEnd + 2, isLast: false };
  if (after === '--' || after === '--\r\n')
    return { startByte, endByte: body.length, isLast: true };
  return undefined;
}

function findHeadersEnd(body: Buffer, fromByte: number): number {
  // From the delimiter's own CRLF on, so that a part without headers has its empty line too.
  const head = body.subarray(fromByte - 2, fromByte + MAX_PART_HEADERS_BYTES);
  const emptyLine = head.indexOf('\r\n\r\n');
  if (emptyLine === -1) throw invalid('Invalid multipart body: the headers of a part do not end');
  return fromByte - 2 + emptyLine + 4;
}

function contentTypeOf(headers: string): string | undefined {
  return /^content-type:[ \t]*([^\r\n]*?)[ \t]*\r?$/im.exec(headers)?.[1];
}
