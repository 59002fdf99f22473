import type { StoredObject } from './bucket-store.ts';
import { hashItems } from './checksums.ts';
import { emptyReply, type StorageReply } from './request.ts';
import { etagOf } from './resources.ts';

/** Bytes asked for, both inclusive. */
export interface ByteRange {
  readonly firstByte: number;
  readonly lastByte: number;
}

/**
 * Reads a `Range` header for an object of `sizeBytes`. Undefined, which means all of it, without a header and for what
 * HTTP lets a server pass over: other units, several ranges, nonsense. `unsatisfiable` where no byte of it exists.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  const [, suffixLength] = /^bytes=-(\d+)$/.exec(header ?? '') ?? [];
  if (suffixLength !== undefined) {
    return clip(Math.max(0, sizeBytes - Number(suffixLength)), sizeBytes - 1, sizeBytes);
  }
  if (first === undefined) return undefined;
  const lastByte = last === '' ? sizeBytes - 1 : Number(last);
  return last !== '' && lastByte < Number(first)
    ? undefined
    : clip(Number(first), lastByte, sizeBytes);
}

function clip(firstByte: number, lastByte: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (firstByte >= sizeBytes) return 'unsatisfiable';
  return { firstByte, lastByte: Math.min(lastByte, sizeBytes - 1) };
}

/**
 * The answer with an object's bytes, or with a range of them. Stored gzip is sent as stored, whatever the client accepts;
 * `X-Goog-Hash` is always that of the whole object.
 */
export function downloadReply(object: StoredObject, rangeHeader: string | undefined): StorageReply {
  const sizeBytes = object.bytes.length;
  const range = parseRange(rangeHeader, sizeBytes);
  if (range === 'unsatisfiable') {
    return emptyReply(416, { 'Content-Range': `bytes */${sizeBytes}` });
  }
  const headers = objectHeaders(object);
  if (range === undefined) return { status: 200, headers, body: object.bytes };
  const { firstByte, lastByte } = range;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${firstByte}-${lastByte}/${sizeBytes}` },
    body: object.bytes.subarray(firstByte, lastByte + 1),
  };
}

function objectHeaders(object: StoredObject): Record<string, string> {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl } =
    object.fields;
  const optional = {
    'Content-Encoding': contentEncoding,
    'Content-Disposition': contentDisposition,
    'Content-Language': contentLanguage,
    'Cache-Control': cacheControl,
  };
  return {
    ...Object.fromEntries(
      Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    'Content-Type': contentType ?? 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    ETag: etagOf(object),
    'Last-Modified': new Date(object.updatedMs).toUTCString(),
    'X-Goog-Generation': String(object.generation),
    'X-Goog-Metageneration': String(object.metageneration),
    'X-Goog-Hash': hashItems(object).join(','),
    'X-Goog-Storage-Class': 'STANDARD',
    'X-Goog-Stored-Content-Encoding': contentEncoding ?? 'identity',
    'X-Goog-Stored-Content-Length': String(object.bytes.length),
  };
}
