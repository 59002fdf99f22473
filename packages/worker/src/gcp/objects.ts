import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { File, Storage } from '@google-cloud/storage';
import { type JobRecord, parseGsUri, recordObject, RecordSchema } from '@imagen/contracts';
import { crc32c } from '@node-rs/crc32';
import { JobError } from '../errors.ts';
import type { Objects, Result, SourceObject, StoredResult } from '../ports.ts';
import { codeOf, withRetries } from './retry.ts';

/** Largest upload sent in one request, in bytes; above it a resumable upload. */
const MAX_SIMPLE_UPLOAD_BYTES = 10 * 1024 * 1024;
/** Longest that one try of a call may take without its bytes. */
const CALL_LIMIT_MS = 10_000;
/** Slowest transfer that is waited for, in bytes per millisecond (1 MB/s). */
const LEAST_BYTES_PER_MS = 1_000;

/** The objects port, and what health checks ask of it. */
export interface StoredObjects extends Objects {
  /** Null when the results bucket can be reached, else what is wrong. Never throws. */
  readonly problem: (signal?: AbortSignal) => Promise<string | null>;
}

/** The objects of a job: sources in any bucket, results and records in one. */
export function openObjects(storage: Storage, resultsBucket: string): StoredObjects {
  const results = storage.bucket(resultsBucket);
  return {
    problem: async (signal = AbortSignal.timeout(CALL_LIMIT_MS)) => {
      try {
        // A tenth of the price of listing objects; probes ask all day.
        await Promise.race([results.getMetadata(), rejection(signal)]);
        return null;
      } catch (error) {
        return `the results bucket cannot be reached: ${codeOf(error) || 'no answer'}`;
      }
    },
    readSource: async (uri, maxBytes, signal) => readSource(storage, uri, { maxBytes, signal }),
    createResult: async (name, result, signal) => createResult(results.file(name), result, signal),
    readRecord: async (jobId, signal) => readRecord(results.file(recordObject(jobId)), signal),
    async createRecord(record, signal) {
      const file = results.file(recordObject(record.jobId));
      const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
      const created = await create(file, bytes, { contentType: 'application/json' }, signal);
      return created ? record : ((await readRecord(file, signal)) ?? record);
    },
  };
}

async function readRecord(file: File, signal: AbortSignal): Promise<JobRecord | undefined> {
  return attempt(`cannot read ${file.name}`, { signal, sizeBytes: 0 }, async () => {
    try {
      const [bytes] = await file.download();
      return RecordSchema.parse(JSON.parse(bytes.toString('utf8')));
    } catch (error) {
      if (codeOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** The object of that name may be an earlier delivery's, or our own whose response was lost: its digest tells. */
async function createResult(
  file: File,
  { bytes, contentType, jobId, messageDigest }: Result,
  signal: AbortSignal,
): Promise<StoredResult> {
  const uri = file.cloudStorageURI.href;
  const metadata = { contentType, metadata: { jobId, messageDigest } };
  if (await create(file, bytes, metadata, signal)) return { uri, bytes: bytes.length };
  const what = `cannot read the metadata of ${uri}`;
  const [found] = await attempt(what, { signal, sizeBytes: 0 }, async () => file.getMetadata());
  if (found.metadata?.['messageDigest'] === messageDigest)
    return { uri, bytes: Number(found.size) };
  throw new JobError(
    'JOB_CONFLICT',
    `another message has written ${uri}; choose a jobId of its own`,
  );
}

async function readSource(
  storage: Storage,
  uri: string,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<SourceObject> {
  const { bucket, object } = parseGsUri(uri);
  const what = `cannot read ${uri}`;
  const file = storage.bucket(bucket).file(object);
  const metadata = await attempt(what, { signal, sizeBytes: 0 }, async () => {
    const [found] = await file.getMetadata().catch((error: unknown) => refuse(error, uri));
    return found;
  });
  const sizeBytes = Number(metadata.size);
  if (sizeBytes > maxBytes) {
    throw new JobError(
      'IMAGE_TOO_LARGE',
      `${uri} has ${sizeBytes} bytes, at most ${maxBytes} are allowed`,
    );
  }
  const generation = String(metadata.generation);
  const bytes = await attempt(what, { signal, sizeBytes }, async (trySignal) => {
    const pinned = storage.bucket(bucket).file(object, { generation });
    const stream = addAbortSignal(trySignal, pinned.createReadStream());
    return buffer(stream).catch((error: unknown) => refuse(error, uri));
  });
  return { bytes, generation };
}

/** Turns what cannot be mended by asking again into the job's error; throws anything else as it is. */
function refuse(error: unknown, uri: string): never {
  const status = codeOf(error);
  // 400: it could not even have this name.
  if (status === 404 || status === 400) {
    throw new JobError('SOURCE_NOT_FOUND', `${uri} does not exist`, { cause: error });
  }
  if (status === 401 || status === 403) {
    throw new JobError('SOURCE_FORBIDDEN', `the worker may not read ${uri}`, { cause: error });
  }
  throw error;
}

/** Writes an object unless its name is taken; returns whether it was written. */
async function create(
  file: File,
  bytes: Uint8Array,
  metadata: object,
  signal: AbortSignal,
): Promise<boolean> {
  const sizeBytes = bytes.byteLength;
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, sizeBytes);
  const what = `cannot write ${file.cloudStorageURI.href}`;
  return attempt(what, { signal, sizeBytes }, async () => {
    try {
      await file.save(data, {
        resumable: sizeBytes > MAX_SIMPLE_UPLOAD_BYTES,
        preconditionOpts: { ifGenerationMatch: 0 },
        // The server checks the checksum; the library's own check would delete another worker's result.
        validation: false,
        metadata: { ...metadata, crc32c: crc32cBase64(data) },
      });
      return true;
    } catch (error) {
      if (codeOf(error) === 412) return false;
      // Who may create and not delete (`imagen infra`) may be told so before the precondition is looked at.
      if (codeOf(error) === 403 && (await file.exists())[0]) return false;
      throw error;
    }
  });
}

/** One call with its retries. @throws JobError STORAGE_UNAVAILABLE; the call's own JobError; the signal's reason */
async function attempt<T>(
  what: string,
  { signal, sizeBytes }: { signal: AbortSignal; sizeBytes: number },
  call: (trySignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const tryLimitMs = CALL_LIMIT_MS + sizeBytes / LEAST_BYTES_PER_MS;
  try {
    return await withRetries({ signal, tryLimitMs }, call);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JobError) throw error;
    throw new JobError('STORAGE_UNAVAILABLE', what, { cause: error });
  }
}

async function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function crc32cBase64(data: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(data));
  return checksum.toString('base64');
}
