import { readdir, readFile } from 'node:fs/promises';

/** A process in which Triton runs one model. */
export interface StubProcess {
  readonly pid: number;
  readonly modelName: string;
}

/** The Python processes of a tritonserver, in the order of their models' names. */
export async function stubProcesses(tritonPid: number): Promise<StubProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(async (pid) => stubOf(tritonPid, Number(pid))));
  return found
    .filter((stub) => stub !== undefined)
    .toSorted((a, b) => a.modelName.localeCompare(b.modelName));
}

async function stubOf(tritonPid: number, pid: number): Promise<StubProcess | undefined> {
  const [command, stat] = await Promise.all([read(pid, 'cmdline'), read(pid, 'stat')]);
  const [executable = '', model = ''] = command.split('\0');
  if (!executable.endsWith('triton_python_backend_stub')) return undefined;
  // After the name in brackets: state, parent. A dead one that nobody has waited for yet is a Z.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const modelName = /\/([^/]+)\/\d+\/[^/]+$/.exec(model)?.[1];
  const isAlive = state !== 'Z' && Number(parent) === tritonPid;
  return isAlive && modelName !== undefined ? { pid, modelName } : undefined;
}

/** Empty for a process that has ended meanwhile. */
async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
