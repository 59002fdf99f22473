import { readFile, readdir, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const FOLDER = '/dev/shm';
/** Names of our servers' files: `imagen-triton_<process id namespace>_<process id of the server>_...`. */
const NAME = /^imagen-triton_(\d+)_(\d+)_/;

/** What the names of a server's shared-memory files begin with; `{pid}` stands for its process id. */
export async function sharedMemoryPrefix(): Promise<string> {
  return `imagen-triton_${await pidNamespace()}_{pid}_`;
}

/** Removes this user's files of servers that were killed: nobody else would, and they are memory. */
export async function removeStaleSharedMemory(): Promise<void> {
  const namespace = await pidNamespace();
  for (const file of await readdir(FOLDER).catch((): string[] => [])) {
    const [, owner, pid] = NAME.exec(file) ?? [];
    if (owner !== namespace || (await isTriton(pid ?? ''))) continue;
    const path = join(FOLDER, file);
    const status = await stat(path).catch(() => undefined);
    if (status?.uid === process.getuid?.()) await rm(path, { force: true });
  }
}

/** Process ids only mean something within one of these: containers may share /dev/shm. */
async function pidNamespace(): Promise<string> {
  const link = await readlink('/proc/self/ns/pid').catch(() => '0');
  return link.replaceAll(/\D/g, '');
}

async function isTriton(pid: string): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim() === 'tritonserver';
}
