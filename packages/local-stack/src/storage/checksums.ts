import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { invalid } from './errors.ts';

/** Checksums of one object's bytes, as Cloud Storage writes them. */
export interface Checksums {
  /** Base64 of the big-endian CRC-32C. */
  readonly crc32c: string;
  /** Base64 of the MD5 digest. */
  readonly md5Hash: string;
}

/** Computes both checksums over all of `bytes`. */
export function checksumsOf(bytes: Buffer): Checksums {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32c(bytes));
  return {
    crc32c: crc.toString('base64'),
    md5Hash: createHash('md5').update(bytes).digest('base64'),
  };
}

/** The items of an `X-Goog-Hash` header: `crc32c=<base64>` and `md5=<base64>`. */
export function hashItems(checksums: Checksums): string[] {
  return [`crc32c=${checksums.crc32c}`, `md5=${checksums.md5Hash}`];
}

/** Throws a 400 if one of the `X-Goog-Hash` items that the client sent is not true of the bytes. */
export function verifyChecksums(expectedItems: readonly string[], actual: Checksums): void {
  const wrong = expectedItems.find((item) => !hashItems(actual).includes(item));
  if (wrong !== undefined) {
    throw invalid(
      `Checksum mismatch: the request says ${wrong}, the bytes received have ${hashItems(actual).join(',')}; nothing was written`,
    );
  }
}
