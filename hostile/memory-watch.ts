import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const LOOK_EVERY_MS = 5;

/** Watches the resident memory of a process and of all its descendants. Linux. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  readonly #beforeKiB: number;
  #peakKiB: number;

  /** Starts: what is resident now is what growth is counted from. */
  constructor(pid: number) {
    this.#pid = pid;
    for (const each of tree(pid)) forgetPeak(each);
    this.#beforeKiB = residentPeakKiB(pid);
    this.#peakKiB = this.#beforeKiB;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Ends; returns by how many MiB the tree grew at its largest. */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return (this.#peakKiB - this.#beforeKiB) / 1024;
  }

  #look(): void {
    this.#peakKiB = Math.max(this.#peakKiB, residentPeakKiB(this.#pid));
  }
}

/** The kernel keeps each process's peak: none is missed between two looks. */
function residentPeakKiB(pid: number): number {
  return tree(pid).reduce((sum, each) => sum + peakKiB(each), 0);
}

function peakKiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function forgetPeak(pid: number): void {
  // 5: the peak becomes what is resident now (proc(5)).
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function tree(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap((child) => tree(child))];
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
