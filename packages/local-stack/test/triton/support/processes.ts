import { readdir } from 'node:fs/promises';
import process from 'node:process';

/** Whether a process of this group is left, zombies included. */
export function groupExists(processGroup: number): boolean {
  try {
    process.kill(-processGroup, 0);
    return true;
  } catch {
    return false;
  }
}

/** The shared-memory files of the tritonserver with this process id. */
export async function sharedMemoryOf(pid: number): Promise<string[]> {
  const files = await readdir('/dev/shm');
  return files.filter((file) => file.startsWith('imagen-triton_') && file.includes(`_${pid}_`));
}
