import { mkdir, open, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { PeakSampler, rssOfTree } from './peak-sampler.ts';

/** The most that a process and its children had, in bytes. */
export interface Peak {
  /** Memory of their own, looked at every 20 ms. */
  readonly ownBytes: number;
  /**
   * By the kernel's count, with page cache, which it takes back before it kills; 0 where it does not count. v2 before Linux
   * 6.12 cannot forget: there it is the peak since the start.
   */
  readonly countedBytes: number;
}

/** Keeps a process and its children within a limit, or only watches them where nobody lets us. */
export interface MemoryCap extends AsyncDisposable {
  /** How: a kernel that kills, or a look at the process table. */
  readonly kind: 'cgroup v1' | 'cgroup v2' | 'RSS watched';
  /** The command that runs another one within the cap. */
  wrap(command: readonly string[]): readonly string[];
  /** The peak since the last call. @param pid of what runs within the cap */
  takePeak(pid: number): Promise<Peak>;
}

/** Opens a cap, by a memory cgroup where this process may make one. */
export async function openMemoryCap(limitBytes: number): Promise<MemoryCap> {
  for (const version of VERSIONS) {
    const cap = await openCgroup(version, limitBytes).catch(() => undefined);
    if (cap) return cap;
  }
  return watchRss();
}

const VERSIONS = [
  {
    kind: 'cgroup v1',
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    /** Line of memory.stat: memory of processes, without page cache. */
    own: /^total_rss (\d+)$/m,
    swap: 'memory.memsw.limit_in_bytes',
    noSwap: (limitBytes: number) => limitBytes,
  },
  {
    kind: 'cgroup v2',
    root: '/sys/fs/cgroup',
    limit: 'memory.max',
    peak: 'memory.peak',
    own: /^anon (\d+)$/m,
    swap: 'memory.swap.max',
    noSwap: () => 0,
  },
] as const;

/** @throws Error where there is no such hierarchy, or it is not ours to change */
async function openCgroup(
  { kind, root, limit, peak, own, swap, noSwap }: (typeof VERSIONS)[number],
  limitBytes: number,
): Promise<MemoryCap> {
  await using starting = new AsyncDisposableStack();
  const folder = join(root, `imagen-fidelity-${process.pid}`);
  await mkdir(folder);
  starting.defer(async () => removeCgroup(folder));
  // Not there in a folder that is no cgroup, or whose parent does not share this controller.
  await readFile(join(folder, limit));
  await writeFile(join(folder, limit), String(limitBytes));
  // Absent where the kernel does not count swap; then what is swapped out escapes the cap.
  await writeFile(join(folder, swap), String(noSwap(limitBytes))).catch(() => undefined);
  const counted = join(folder, peak);
  const file = starting.use(await open(counted, 'r+').catch(async () => open(counted, 'r')));
  const sampler = starting.use(
    new PeakSampler(async () => {
      const stat = await readFile(join(folder, 'memory.stat'), 'utf8');
      return Number(own.exec(stat)?.[1]);
    }),
  );
  const running = starting.move();
  return {
    kind,
    wrap: (command) => [
      'sh',
      '-c',
      'echo $$ > "$0" && exec "$@"',
      join(folder, 'cgroup.procs'),
      ...command,
    ],
    async takePeak() {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
      await file.write('0', 0).catch(() => undefined);
      const countedBytes = Number(buffer.subarray(0, bytesRead).toString());
      return { ownBytes: sampler.take(), countedBytes };
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

/** Children of a worker that was killed need a moment to end. */
async function removeCgroup(folder: string): Promise<void> {
  for (let triesLeft = 100; ; triesLeft--) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
      await delay(50);
    }
  }
}

function watchRss(): MemoryCap {
  let watched = 0;
  // Nothing runs before the first call; process 0 would be everything.
  const sampler = new PeakSampler(async () => (watched === 0 ? 0 : rssOfTree(watched)));
  return {
    kind: 'RSS watched',
    wrap: (command) => command,
    async takePeak(pid) {
      watched = pid;
      return { ownBytes: sampler.take(), countedBytes: 0 };
    },
    [Symbol.asyncDispose]: async () => sampler[Symbol.dispose](),
  };
}
