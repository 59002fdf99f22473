import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { File, Storage } from '@google-cloud/storage';
import { type JobRecord, parseGsUri, recordObject, RecordSchema } from '@imagen/contracts';
import { crc32c } from '@node-rs/crc32';
import { JobError } from '../errors.ts';
import type { Objects, SourceObject } from '../ports.ts';

/** Largest upload sent in one request, in bytes; above it a resumable upload. */
const MAX_SIMPLE_UPLOAD_BYTES = 10 * 1024 * 1024;

/** The objects port, and what health checks ask of it. */
export interface StoredObjects extends Objects {
  /** Null when the results bucket can be reached, else what is wrong. Never throws. */
  problem(): Promise<string | null>;
}

/** The objects of a job: sources in any bucket, results and records in one. */
export function openObjects(storage: Storage, resultsBucket: string): StoredObjects {
  const results = storage.bucket(resultsBucket);

  const readRecord = async (jobId: string): Promise<JobRecord | undefined> => {
    try {
      const [bytes] = await results.file(recordObject(jobId)).download();
      return RecordSchema.parse(JSON.parse(bytes.toString('utf8')));
    } catch (error) {
      if (httpStatus(error) === 404) return undefined;
      throw storageError(`cannot read the record of job ${jobId}`, error);
    }
  };

  return {
    readRecord,
    async problem() {
      try {
        await results.getFiles({ maxResults: 1, autoPaginate: false });
        return null;
      } catch (error) {
        return `the results bucket cannot be listed: ${httpStatus(error) || 'no answer'}`;
      }
    },
    readSource: async (uri, maxBytes, signal) => readSource(storage, uri, { maxBytes, signal }),
    async createResult(name, { bytes, contentType, jobId }) {
      const file = results.file(name);
      const metadata = { contentType, metadata: { jobId } };
      return { uri: file.cloudStorageURI.href, created: await create(file, bytes, metadata) };
    },
    async createRecord(record) {
      const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
      const file = results.file(recordObject(record.jobId));
      const created = await create(file, bytes, { contentType: 'application/json' });
      return created ? record : ((await readRecord(record.jobId)) ?? record);
    },
  };
}

async function readSource(
  storage: Storage,
  uri: string,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<SourceObject> {
  const { bucket, object } = parseGsUri(uri);
  try {
    const [metadata] = await storage.bucket(bucket).file(object).getMetadata();
    const size = Number(metadata.size);
    if (size > maxBytes) {
      throw new JobError(
        'IMAGE_TOO_LARGE',
        `${uri} has ${size} bytes, at most ${maxBytes} are allowed`,
      );
    }
    signal.throwIfAborted();
    const generation = String(metadata.generation);
    const stream = storage.bucket(bucket).file(object, { generation }).createReadStream();
    const bytes = await buffer(addAbortSignal(signal, stream));
    return { bytes, generation };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JobError) throw error;
    const status = httpStatus(error);
    if (status === 404)
      throw new JobError('SOURCE_NOT_FOUND', `${uri} does not exist`, { cause: error });
    if (status === 401 || status === 403) {
      throw new JobError('SOURCE_FORBIDDEN', `the worker may not read ${uri}`, { cause: error });
    }
    throw storageError(`cannot read ${uri}`, error);
  }
}

/** Writes an object unless its name is taken; returns whether it was written. */
async function create(file: File, bytes: Uint8Array, metadata: object): Promise<boolean> {
  try {
    await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      resumable: bytes.byteLength > MAX_SIMPLE_UPLOAD_BYTES,
      preconditionOpts: { ifGenerationMatch: 0 },
      // The server checks the checksum; the library's own check would delete another worker's result.
      validation: false,
      metadata: { ...metadata, crc32c: crc32cBase64(bytes) },
    });
    return true;
  } catch (error) {
    if (httpStatus(error) === 412) return false;
    throw storageError(`cannot write ${file.cloudStorageURI.href}`, error);
  }
}

function crc32cBase64(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  return checksum.toString('base64');
}

function httpStatus(error: unknown): number {
  const code: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'code');
  return Number(code) || 0;
}

const storageError = (what: string, cause: unknown): JobError =>
  new JobError('STORAGE_UNAVAILABLE', what, { cause });
