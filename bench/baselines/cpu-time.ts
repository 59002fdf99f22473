import { readdir, readFile } from 'node:fs/promises';

/** Linux counts CPU time for programs in hundredths of a second on every machine (USER_HZ, proc_pid_stat(5)). */
const TICKS_PER_S = 100;

/**
 * CPU time, user and system, that a process and its descendants have used so far, in seconds. Counts what descendants have
 * used that have ended, where their parents waited for them. Linux only.
 */
export async function cpuSecondsOfTree(root: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(async (pid) => readStat(Number(pid))));
  const children = Map.groupBy(all, ({ parent }) => parent);
  const ticksFrom = ({ pid, ticks }: Stat): number =>
    (children.get(pid) ?? []).reduce((sum, child) => sum + ticksFrom(child), ticks);
  const top = all.find(({ pid }) => pid === root);
  return top ? ticksFrom(top) / TICKS_PER_S : 0;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** One without parent and ticks for a process that has ended meanwhile. */
async function readStat(pid: number): Promise<Stat> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // A program's name may have spaces and brackets in it; after its last bracket come state and parent.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, childrensUtime = 0, childrensStime = 0] = fields.slice(11, 15);
  return { pid, parent: fields[1] ?? -1, ticks: utime + stime + childrensUtime + childrensStime };
}
