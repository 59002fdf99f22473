import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosJob } from './chaos-jobs.ts';
import type { JobBoard } from './job-board.ts';
import { describeStep, type Schedule, type Step, strikesWanted } from './schedule.ts';
import type { Striker } from './striker.ts';

/** With more jobs open the next step waits: disturbances need work to disturb, not a backlog. */
const MAX_OPEN = 60;
/** The longest a step waits for that. */
const BACKPRESSURE_MS = 10_000;
/** Share of the jobs kept back for disturbances that have not struck enough after the planned rounds. */
const RESERVE = 0.15;
/** More rounds for these, at most. */
const EXTRA_ROUNDS = 6;
/** Nothing is disturbed any more after this long: a fleet that stands still must not run for ever. */
const LIMIT_MS = { base: 120_000, perJob: 2_000 };

/** What a disturbed run works with. */
export interface DisturbedRun {
  readonly jobs: readonly ChaosJob[];
  readonly board: JobBoard;
  readonly striker: Striker;
  readonly schedule: Schedule;
  readonly names: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Publishes all jobs while the schedule's steps strike, until each has struck often enough or the limits are reached. */
export async function disturb(run: DisturbedRun): Promise<void> {
  const { jobs, striker, schedule, names } = run;
  const wanted = strikesWanted(jobs.length);
  const queue = new JobQueue(run);
  const planned = jobs.length * (1 - RESERVE);
  const rounds = Math.max(1, wanted);
  const steps = rounds * names.length;
  for (let round = 0, step = 0; round < rounds && queue.hasTime; round++) {
    for (const next of schedule.round()) {
      step += 1;
      await take(run, queue, next, Math.ceil((planned * step) / steps));
    }
  }
  for (let round = 0; round < EXTRA_ROUNDS && queue.hasTime; round++) {
    const missing = names.filter((name) => (striker.strikes.get(name) ?? 0) < wanted);
    if (missing.length === 0) break;
    const left = jobs.length - planned;
    const upTo = (index: number): number =>
      planned + (left * (round + (index + 1) / missing.length)) / EXTRA_ROUNDS;
    for (const [index, next] of schedule.round(missing).entries()) {
      await take(run, queue, next, Math.ceil(upTo(index)));
    }
  }
  await striker.lift();
  await queue.publish(jobs.length);
}

async function take(run: DisturbedRun, queue: JobQueue, step: Step, upTo: number): Promise<void> {
  const { striker, board, say, signal } = run;
  signal.throwIfAborted();
  if (!queue.hasTime) return;
  await queue.publish(upTo);
  const open = board.open().length;
  say(`${queue.elapsed} ${board.jobs.length} published, ${open} open: ${describeStep(step)}`);
  await striker.apply(step);
  await delay(step.pauseMs, undefined, { signal });
  const until = Date.now() + BACKPRESSURE_MS;
  while (board.open().length > MAX_OPEN && Date.now() < until) {
    await delay(100, undefined, { signal });
  }
}

/** The jobs in their order, each published once. */
class JobQueue {
  readonly #jobs: readonly ChaosJob[];
  readonly #board: JobBoard;
  readonly #striker: Striker;
  readonly #startedAt = Date.now();
  #published = 0;

  constructor({ jobs, board, striker }: DisturbedRun) {
    this.#jobs = jobs;
    this.#board = board;
    this.#striker = striker;
  }

  get hasTime(): boolean {
    const limitMs = LIMIT_MS.base + LIMIT_MS.perJob * this.#jobs.length;
    return Date.now() - this.#startedAt < limitMs;
  }

  get elapsed(): string {
    return `${((Date.now() - this.#startedAt) / 1000).toFixed(1)}s`;
  }

  async publish(upTo: number): Promise<void> {
    if (upTo <= this.#published) return;
    const next = this.#jobs.slice(this.#published, upTo);
    this.#published += next.length;
    await this.#striker.publish(async () => this.#board.publish(next));
  }
}
