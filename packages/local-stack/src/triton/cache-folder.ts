import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { boundToParent, runToEnd } from './child-process.ts';

/** `$IMAGEN_CACHE_DIR`, else `$XDG_CACHE_HOME/imagen`, else `~/.cache/imagen`. */
export function defaultCacheDir(): string {
  const { IMAGEN_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  return IMAGEN_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'imagen');
}

/** Holds a file lock until it is disposed of or its process is gone, however that ends. */
export interface FileLock extends AsyncDisposable {
  /** Commands that inherit this descriptor keep the lock until they end too. */
  readonly fd: number;
}

// flock belongs to the open file, which this command shares with its parent: the parent holds the lock afterwards.
const LOCK = `
import fcntl, sys
how = fcntl.LOCK_EX | (fcntl.LOCK_NB if sys.argv[1] == "try" else 0)
try: fcntl.flock(3, how)
except BlockingIOError: sys.exit(75)`;
const BUSY = 75;

/** Waits for the lock of the file at `path` and takes it; `onWait` is called once when another process has it. */
export async function lockFile(
  path: string,
  python: string,
  { onWait, signal }: { onWait: () => void; signal?: AbortSignal | undefined },
): Promise<FileLock> {
  const file = await open(path, 'a');
  const lock = async (how: 'try' | 'wait'): Promise<number | null> => {
    const bound = boundToParent(python, [python, '-I', '-S', '-c', LOCK, how]);
    const { code, stderr } = await runToEnd(bound.file, bound.args, {
      inheritedFd: file.fd,
      signal,
    });
    if (code === 0 || code === BUSY) return code;
    throw new Error(`cannot lock ${path}: ${stderr}`);
  };
  try {
    if ((await lock('try')) === BUSY) {
      onWait();
      await lock('wait');
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return { fd: file.fd, [Symbol.asyncDispose]: async () => file.close() };
}
