import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTriton } from '@imagen/local-stack/triton';
import {
  createTritonClient,
  type ModelStatistics,
  type TritonClient,
} from '../packages/triton-client/src/index.ts';
import { type BusyWorker, startBusyWorker } from '../packages/worker/test/support/busy-worker.ts';
import { writeSimulatedModel } from '../packages/worker/test/support/simulated-model.ts';

const MODEL = 'simulated';
const SAMPLE_MS = 1_000;
const CALL = { deadlineMs: 10_000 };

/** What happened in a second. */
export interface FlowSample {
  /** Its end, in seconds since the first worker began. */
  readonly atS: number;
  /** Tiles in Triton, on average: their time there ÷ the time. */
  readonly tilesAtTriton: number;
  /** Mean wait in Triton's queue, in milliseconds. */
  readonly queueMs: number;
  readonly meanBatch: number;
  /** Limit of each worker, in the order in which they came; undefined after it has left. */
  readonly limits: readonly (number | undefined)[];
}

/** Something done to the fleet. */
export interface FlowEvent {
  readonly atS: number;
  readonly what: string;
}

/** A fleet's flow control at work. */
export interface FlowRecording {
  readonly samples: readonly FlowSample[];
  readonly events: readonly FlowEvent[];
}

type Act = (fleet: Fleet) => Promise<void>;

/** The seconds at which something changes, what, and how. */
const SCRIPT: readonly [atS: number, what: string, act: Act][] = [
  [0, '1 worker', async (fleet) => fleet.join(1)],
  [12, '4 more', async (fleet) => fleet.join(4)],
  [27, '15 more', async (fleet) => fleet.join(15)],
  [42, '17 leave', async (fleet) => fleet.leave(17)],
  [57, 'GPU 3 times slower', async (fleet) => fleet.setSpeed(60, 30)],
  [75, 'as before', async (fleet) => fleet.setSpeed(20, 10)],
];

/**
 * Records what flow control makes of a fleet that grows and shrinks, at a simulated GPU that slows down and recovers: a real
 * Triton, and the inference ports of up to 20 workers in this process, which have tiles without end.
 * @param endS when to stop; 90 shows all of it
 */
export async function recordFlow(
  onProgress: (line: string) => void,
  endS: number,
): Promise<FlowRecording> {
  await using fleet = await Fleet.open();
  const samples: FlowSample[] = [];
  const events: FlowEvent[] = [];
  const script = [...SCRIPT];
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1000;
  await fleet.sample();
  while (seconds() < endS) {
    if (script[0] && seconds() >= script[0][0]) {
      const [, what, act] = script.shift()!;
      events.push({ atS: seconds(), what });
      onProgress(`flow: ${Math.round(seconds())} s of ${endS}: ${what}`);
      await act(fleet);
    }
    await delay(SAMPLE_MS);
    const sample = await fleet.sample();
    if (sample) samples.push({ atS: seconds(), ...sample });
  }
  return { samples, events };
}

class Fleet implements AsyncDisposable {
  readonly #folder: string;
  readonly #address: string;
  readonly #triton: TritonClient;
  readonly #open: AsyncDisposableStack;
  readonly #workers: (BusyWorker | undefined)[] = [];
  #last: { readonly atMs: number; readonly counted: ModelStatistics } | undefined;

  private constructor(folder: string, address: string, open: AsyncDisposableStack) {
    this.#folder = folder;
    this.#address = address;
    this.#open = open;
    this.#triton = open.use(createTritonClient(address));
  }

  static async open(): Promise<Fleet> {
    await using opening = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'imagen-flow-'));
    opening.defer(async () => rm(folder, { recursive: true }));
    await writeSimulatedModel(folder, { name: MODEL, baseMs: 20, perTileMs: 10 });
    const server = opening.use(await startTriton({ modelRepositories: [folder] }));
    return new Fleet(folder, server.grpcAddress, opening.move());
  }

  async join(workers: number): Promise<void> {
    for (let n = 0; n < workers; n++) this.#workers.push(startBusyWorker(this.#address, [MODEL]));
  }

  /** The first ones leave. */
  async leave(workers: number): Promise<void> {
    for (let index = 0; index < workers; index++) {
      await this.#workers[index]?.stop();
      this.#workers[index] = undefined;
    }
  }

  /** Batches of n take `baseMs` + n · `perTileMs` from now on. Triton serves on meanwhile. */
  async setSpeed(baseMs: number, perTileMs: number): Promise<void> {
    await writeSimulatedModel(this.#folder, { name: MODEL, baseMs, perTileMs });
    await this.#triton.loadModel(MODEL, CALL);
    this.#last = undefined;
  }

  /** Undefined where nothing was executed since the last one. */
  async sample(): Promise<Omit<FlowSample, 'atS'> | undefined> {
    const [counted] = await this.#triton.statistics(CALL);
    const last = this.#last;
    const atMs = performance.now();
    this.#last = { atMs, counted: counted! };
    if (!last) return undefined;
    const since = (count: (of: ModelStatistics) => number): number =>
      count(counted!) - count(last.counted);
    const executions = since(({ executionCount }) => executionCount);
    const tiles = since(({ inferenceCount }) => inferenceCount);
    if (executions === 0) return undefined;
    const limits = this.#workers.map(async (worker) => worker?.limit());
    return {
      tilesAtTriton: since(({ requestNs }) => requestNs) / 1e6 / (atMs - last.atMs),
      queueMs: since(({ queueNs }) => queueNs) / 1e6 / tiles,
      meanBatch: tiles / executions,
      limits: await Promise.all(limits),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => worker?.stop()));
    await this.#open.disposeAsync();
  }
}
