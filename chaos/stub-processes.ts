import { readFile } from 'node:fs/promises';
import { processTree, statFields } from '../test/support/process-tree.ts';

/** A process in which Triton runs one model. */
export interface StubProcess {
  readonly pid: number;
  readonly modelName: string;
}

/** The Python processes of a tritonserver, in the order of their models' names. */
export async function stubProcesses(tritonPid: number): Promise<StubProcess[]> {
  const found = await Promise.all((await processTree(tritonPid)).map(stubOf));
  return found
    .filter((stub) => stub !== undefined)
    .toSorted((a, b) => a.modelName.localeCompare(b.modelName));
}

async function stubOf(pid: number): Promise<StubProcess | undefined> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [executable = '', model = ''] = command.split('\0');
  if (!executable.endsWith('triton_python_backend_stub')) return undefined;
  // A dead one that nobody has waited for yet is a Z.
  const [state] = await statFields(pid);
  const modelName = /\/([^/]+)\/\d+\/[^/]+$/.exec(model)?.[1];
  return state !== 'Z' && modelName !== undefined ? { pid, modelName } : undefined;
}
