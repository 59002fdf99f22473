import { TileLimit } from '../../src/flow/tile-limit.ts';

/** A Triton whose batches of n, 8 at most, take `baseMs` + n · `perTileMs`, and workers that always have tiles for it. */
export interface FleetOptions {
  readonly workers: number;
  readonly baseMs: number;
  readonly perTileMs: number;
  /** From a worker to Triton, and back. */
  readonly wayMs: number;
  /** A number in 0…1 each time it is called. */
  readonly random: () => number;
}

const MAX_BATCH = 8;
/** As flow control does. */
const PERIOD_MS = 500;

interface Worker {
  readonly limit: TileLimit;
  inFlight: number;
  answered: number;
}

/** What has happened since it was last asked. */
export interface FleetReport {
  readonly meanBatch: number;
  /** Tiles at Triton, on average over the time. */
  readonly tilesAtTriton: number;
  /** Tiles answered ÷ as many as full batches all the time would have been. */
  readonly efficiency: number;
  /** Jain's index of the tiles that each worker had answered: 1 is equal, 1/n is all of them one worker's. */
  readonly fairness: number;
}

/** A fleet in simulated time: minutes of it take milliseconds. */
export class SimulatedFleet {
  readonly #options: FleetOptions;
  readonly #workers: Worker[] = [];
  readonly #events: { readonly atMs: number; readonly happen: () => void }[] = [];
  readonly #queue: { readonly worker: Worker; readonly arrivedAtMs: number }[] = [];
  #nowMs = 0;
  #isExecuting = false;
  #counters = { executions: 0, tiles: 0, requestMs: 0 };
  /** Execution times are multiplied by this. */
  slowness = 1;

  constructor(options: FleetOptions) {
    this.#options = options;
    for (let n = 0; n < options.workers; n++) this.addWorker();
  }

  addWorker(): void {
    const worker: Worker = { limit: new TileLimit(MAX_BATCH), inFlight: 0, answered: 0 };
    this.#workers.push(worker);
    const look = (): void => {
      const { executions, requestMs } = this.#counters;
      const counters = { atMs: this.#nowMs, executions, requestNs: requestMs * 1e6 };
      worker.limit.observe(counters, true);
      this.#send(worker);
      this.#after(PERIOD_MS, look);
    };
    this.#after(this.#options.random() * PERIOD_MS, look);
    this.#send(worker);
  }

  /** Lets time pass, and tells what happened in it. */
  pass(seconds: number): FleetReport {
    const fromMs = this.#nowMs;
    const untilMs = fromMs + seconds * 1000;
    this.#counters = { executions: 0, tiles: 0, requestMs: 0 };
    for (const worker of this.#workers) worker.answered = 0;
    while (this.#events[0]!.atMs <= untilMs) {
      const { atMs, happen } = this.#events.shift()!;
      this.#nowMs = atMs;
      happen();
    }
    this.#nowMs = untilMs;
    const { executions, tiles, requestMs } = this.#counters;
    const { baseMs, perTileMs } = this.#options;
    const fullBatchMs = (baseMs + MAX_BATCH * perTileMs) * this.slowness;
    return {
      meanBatch: tiles / executions,
      tilesAtTriton: requestMs / (seconds * 1000),
      efficiency: tiles / ((seconds * 1000 * MAX_BATCH) / fullBatchMs),
      fairness: jainIndex(this.#workers.map(({ answered }) => answered)),
    };
  }

  #after(ms: number, happen: () => void): void {
    const atMs = this.#nowMs + ms;
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1]!.atMs > atMs) index--;
    this.#events.splice(index, 0, { atMs, happen });
  }

  #send(worker: Worker): void {
    const allowed = Math.floor(worker.limit.tiles + this.#options.random());
    for (; worker.inFlight < allowed; worker.inFlight++) {
      this.#after(this.#options.wayMs, () => {
        this.#queue.push({ worker, arrivedAtMs: this.#nowMs });
        this.#execute();
      });
    }
  }

  #execute(): void {
    if (this.#isExecuting || this.#queue.length === 0) return;
    this.#isExecuting = true;
    const batch = this.#queue.splice(0, MAX_BATCH);
    const { baseMs, perTileMs, wayMs } = this.#options;
    this.#after((baseMs + batch.length * perTileMs) * this.slowness, () => {
      this.#isExecuting = false;
      this.#counters.executions += 1;
      this.#counters.tiles += batch.length;
      for (const { worker, arrivedAtMs } of batch) {
        this.#counters.requestMs += this.#nowMs - arrivedAtMs;
        this.#after(wayMs, () => {
          worker.inFlight -= 1;
          worker.answered += 1;
          this.#send(worker);
        });
      }
      this.#execute();
    });
  }
}

function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}
