import { processTree, statFields } from '../../test/support/process-tree.ts';

/** Linux counts CPU time for programs in hundredths of a second on every machine (USER_HZ, proc_pid_stat(5)). */
const TICKS_PER_S = 100;

/**
 * CPU time, user and system, that a process and its descendants have used so far, in seconds. Counts what descendants have
 * used that have ended, where their parents waited for them. Linux only.
 */
export async function cpuSecondsOfTree(root: number): Promise<number> {
  const ticks = await Promise.all((await processTree(root)).map(ticksOf));
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_S;
}

async function ticksOf(pid: number): Promise<number> {
  // Its own user and system time, and those of children that it has waited for.
  const times = (await statFields(pid)).slice(11, 15);
  return times.reduce((sum, ticks) => sum + Number(ticks), 0);
}
