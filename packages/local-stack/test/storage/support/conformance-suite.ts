import type { Bucket, File, Storage } from '@google-cloud/storage';

/** What every test of the conformance suite works with. */
export interface Suite {
  readonly storage: () => Storage;
  /** The suite's own bucket. */
  readonly bucket: () => Bucket;
  /** Saves an object in one request. */
  readonly saved: (object: string, data?: string | Buffer) => Promise<File>;
}

/** Options of an upload in one request. */
export const ONE_REQUEST = { resumable: false } as const;

/** HTTP status with which a call fails; 0 if it does not. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 0,
    (error: { code?: unknown }) => error.code,
  );
}

/** The object's bytes as text. */
export async function read(file: File): Promise<string> {
  const [bytes] = await file.download();
  return bytes.toString();
}
