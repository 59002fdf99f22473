import { readdir, readFile } from 'node:fs/promises';

/** The pids of a process and of all its descendants; none when it is not there. Linux only. */
export async function processTree(root: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(async (pid) => ({ pid, parent: await parentOf(pid) })));
  const children = Map.groupBy(all, ({ parent }) => parent);
  const below = (pid: number): number[] => [
    pid,
    ...(children.get(pid) ?? []).flatMap((child) => below(child.pid)),
  ];
  return pids.includes(root) ? below(root) : [];
}

/** The fields of `/proc/<pid>/stat` after the name, from the state on (proc_pid_stat(5)); none when it has ended. */
export async function statFields(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // A name may have spaces and brackets in it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function parentOf(pid: number): Promise<number> {
  return Number((await statFields(pid))[1] ?? -1);
}
