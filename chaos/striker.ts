import type { ActiveFault } from '@imagen/local-stack/pubsub';
import { DISTURBANCES, type Disturbance } from './disturbances.ts';
import type { JobBoard } from './job-board.ts';
import type { LocalCloud } from './local-cloud.ts';
import type { Step } from './schedule.ts';
import type { TritonOperator } from './triton-operator.ts';
import type { WorkerFleet } from './worker-fleet.ts';

/** A fault that meets no request for this long is taken back: its turn comes again. */
const FAULT_LIMIT_MS = 8_000;

/** What a striker strikes at. */
export interface Targets {
  readonly local: LocalCloud;
  readonly fleet: WorkerFleet;
  readonly triton: TritonOperator;
  readonly board: JobBoard;
  readonly say: (line: string) => void;
}

type FaultLever = Extract<Disturbance, { on: 'pubsub' | 'storage' }>;

interface RunningFault {
  readonly name: string;
  readonly lever: FaultLever;
  readonly times: number;
  readonly fault: ActiveFault;
  readonly until: number;
}

const strikesPublish = ({ lever }: RunningFault): boolean =>
  lever.on === 'pubsub' && lever.rpc === 'Publish';

/** Does the steps of a schedule and counts how often each struck. */
export class Striker {
  readonly #targets: Targets;
  readonly #struck = new Map<string, number>();
  #faults: RunningFault[] = [];
  #tritonBusy: Promise<void> = Promise.resolve();

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** Strikes so far, by disturbance. */
  get strikes(): Map<string, number> {
    const strikes = new Map(this.#struck);
    for (const { name, fault } of this.#faults) {
      strikes.set(name, (strikes.get(name) ?? 0) + fault.struck);
    }
    return strikes;
  }

  /** Publishes, and holds the faults back that would strike that instead of a worker. */
  async publish(act: () => Promise<void>): Promise<void> {
    this.#expire();
    const held = this.#faults.filter(strikesPublish);
    for (const { name, fault } of held) {
      fault.remove();
      this.#count(name, fault.struck);
    }
    this.#faults = this.#faults.filter((fault) => !strikesPublish(fault));
    await act();
    for (const { name, lever, times, fault, until } of held) {
      const left = times - fault.struck;
      if (left > 0) this.#addFault(lever, { name, times: left, until });
    }
  }

  /** Does a step. Waits for no fault's strikes, and for Triton only when that is still down from the step before. */
  async apply(step: Step): Promise<void> {
    this.#expire();
    const disturbance = DISTURBANCES.get(step.name);
    if (disturbance === undefined) throw new Error(`there is no disturbance ${step.name}`);
    switch (disturbance.on) {
      case 'worker':
        this.#targets.fleet.strike(step.choice, disturbance.signal);
        this.#count(step.name);
        break;
      case 'triton':
        await this.#tritonBusy;
        this.#tritonBusy = this.#breakTriton(disturbance.act, step);
        break;
      case 'publisher':
        await this.#publishTwice(disturbance.act, step);
        break;
      case 'pubsub':
      case 'storage':
      default:
        this.#addFault(disturbance, { ...step, until: Date.now() + FAULT_LIMIT_MS });
    }
  }

  /** Takes all faults back and waits until Triton is whole. */
  async lift(): Promise<void> {
    this.#expire(Infinity);
    await this.#tritonBusy;
  }

  #count(name: string, strikes = 1): void {
    this.#struck.set(name, (this.#struck.get(name) ?? 0) + strikes);
  }

  #addFault(
    lever: FaultLever,
    { name, times, until }: Pick<RunningFault, 'name' | 'times' | 'until'>,
  ): void {
    const { pubsub, storage } = this.#targets.local;
    const fault =
      lever.on === 'pubsub'
        ? pubsub.faults.add({ on: lever.rpc, effect: lever.effect, times })
        : storage.faults.add({ on: lever.target, effect: lever.effect, times });
    this.#faults.push({ name, lever, times, fault, until });
  }

  #expire(now = Date.now()): void {
    for (const { name, fault, until } of this.#faults) {
      if (until > now) continue;
      fault.remove();
      this.#count(name, fault.struck);
    }
    this.#faults = this.#faults.filter(({ until }) => until > now);
  }

  async #publishTwice(act: 'again' | 'at-once', { name, choice }: Step): Promise<void> {
    const { board } = this.#targets;
    // Again: a job that may have its record long since. At once: one that is being worked on.
    const jobs = act === 'again' ? board.jobs : board.open();
    const job = jobs[Math.floor(choice * jobs.length)];
    if (job === undefined) return;
    await this.publish(async () => board.publish(act === 'again' ? [job] : [job, job]));
    this.#count(name);
  }

  async #breakTriton(
    act: Extract<Disturbance, { on: 'triton' }>['act'],
    { name, choice, lastsMs }: Step,
  ): Promise<void> {
    const { triton, say } = this.#targets;
    this.#count(name);
    try {
      if (act === 'kill-stub') await triton.killStub(choice);
      else if (act === 'kill') {
        await triton.kill();
        await new Promise((resolve) => setTimeout(resolve, lastsMs));
        await triton.restart();
      } else await triton.partition(act, lastsMs);
    } catch (error) {
      say(`  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
