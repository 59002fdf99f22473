import { randomUUID } from 'node:crypto';
import { read, unlinkSync, write } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Copied at a time: a thread of the kernel's that copies more keeps others from their core for that long. */
const COPIED_BYTES = 2 ** 22;
const [readAt, writeAt] = [promisify(read), promisify(write)];

/**
 * Opens a file without a name, in which two processes hand each other bytes: for pictures that takes a third of the CPU
 * that a socket takes, and nothing of it on the event loop. It is gone when both have closed it.
 * @throws Error when the folder for temporary files cannot be written to
 */
export async function openScratchFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `imagen-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  unlinkSync(path);
  return file;
}

/**
 * Reads the `length` bytes at `position`. @throws Error when there are fewer
 */
export async function readPart(fd: number, position: number, length: number): Promise<Uint8Array> {
  const part = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await readAt(
      fd,
      part,
      at,
      Math.min(COPIED_BYTES, length - at),
      position + at,
    );
    if (bytesRead === 0) throw new Error(`${at} of ${length} bytes in the scratch file`);
    at += bytesRead;
  }
  return part;
}

/** Writes a part at `position`. @throws Error when there is no space for it */
export async function writePart(fd: number, position: number, part: Uint8Array): Promise<void> {
  for (let at = 0; at < part.length;) {
    const { bytesWritten } = await writeAt(
      fd,
      part,
      at,
      Math.min(COPIED_BYTES, part.length - at),
      position + at,
    );
    if (bytesWritten === 0) throw new Error('no space left for temporary files');
    at += bytesWritten;
  }
}
