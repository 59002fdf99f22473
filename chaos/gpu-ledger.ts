import type { ModelStatistics } from '../packages/triton-client/src/index.ts';

/** What Triton counted. */
export interface GpuWork {
  /** Batches that ran. */
  readonly executions: number;
  /** Tiles that ran: the items of all batches. */
  readonly inferences: number;
}

const NOTHING: GpuWork = { executions: 0, inferences: 0 };

/** Sums up Triton's counters over servers and models that come and go: each new one counts from zero. */
export class GpuLedger {
  readonly #current = new Map<string, GpuWork>();
  #past = NOTHING;

  /** Takes in what a running server counts now. */
  see(statistics: readonly ModelStatistics[]): void {
    for (const { name, executionCount, inferenceCount } of statistics) {
      this.#current.set(name, { executions: executionCount, inferences: inferenceCount });
    }
  }

  /** A model, or the whole server, is gone, and its counters with it. */
  close(modelName?: string): void {
    for (const [name, work] of this.#current) {
      if (modelName !== undefined && name !== modelName) continue;
      this.#past = add(this.#past, work);
      this.#current.delete(name);
    }
  }

  /** Everything so far. */
  get total(): GpuWork {
    return [...this.#current.values()].reduce(add, this.#past);
  }
}

function add(a: GpuWork, b: GpuWork): GpuWork {
  return { executions: a.executions + b.executions, inferences: a.inferences + b.inferences };
}
