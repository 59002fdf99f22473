import { invalid } from './errors.ts';

/** Throws a 400 unless `name` is a bucket name: 3–222 of `a-z 0-9 . _ -`, at most 63 between dots. */
export function checkBucketName(name: string): void {
  const wellFormed = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name);
  if (!wellFormed || name.split('.').some((label) => label.length > 63)) {
    throw invalid(
      `Invalid bucket name ${JSON.stringify(name)}: expected 3 to 63 of a-z 0-9 . _ -, a letter or digit at both ends`,
    );
  }
}

/** Throws a 400 unless `name` is an object name: 1–1024 bytes of UTF-8, no CR or LF, not `.` or `..`. */
export function checkObjectName(name: string): void {
  const sizeBytes = Buffer.byteLength(name);
  const wellFormed = name.isWellFormed() && !/[\r\n]/.test(name) && !/^\.\.?$/.test(name);
  if (!wellFormed || sizeBytes < 1 || sizeBytes > 1024) {
    throw invalid(
      `Invalid object name of ${sizeBytes} bytes: expected 1 to 1024 bytes of UTF-8 without CR or LF, other than . and ..`,
    );
  }
}

/** Order of names in a listing: by their UTF-8 bytes, which is not JavaScript's order beyond U+FFFF. */
export function compareNames(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
