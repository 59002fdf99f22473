import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OperationName } from '@imagen/contracts';
import { startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { type LocalCloud, startLocalCloud } from '../chaos/local-cloud.ts';
import { WorkerFleet } from '../chaos/worker-fleet.ts';
import { uploadSource } from '../packages/cli/src/jobs.ts';
import { type BenchJob, runJobs } from './job-run.ts';
import type { MakeRepository } from './simulated-repository.ts';

const LOGS = fileURLToPath(new URL('../out/bench/logs/', import.meta.url));

/** What a worker's image sets besides. */
const TUNED_ENVIRONMENT: Readonly<Record<string, string>> = {
  UV_THREADPOOL_SIZE: '8',
  MALLOC_ARENA_MAX: '2',
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** How a section is measured. */
export interface SectionOptions {
  /** Few rounds, and the smaller cases. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Worker processes with a cloud of their own. */
export interface Fleet {
  readonly local: LocalCloud;
  readonly pids: readonly number[];
}

/** How to start one. */
export interface FleetOptions {
  /** The operation of each worker. */
  readonly operations: readonly OperationName[];
  /** Settings besides the usual ones. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Source objects: their names and bytes. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
}

/** A Triton with a model repository of its own, and fleets that use it. */
export class Rig implements AsyncDisposable {
  readonly triton: TritonServer;
  readonly #open: AsyncDisposableStack;

  private constructor(triton: TritonServer, open: AsyncDisposableStack) {
    this.triton = triton;
    this.#open = open;
  }

  static async open(makeRepository: MakeRepository, { say, signal }: SectionOptions): Promise<Rig> {
    await using opening = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'imagen-bench-'));
    opening.defer(async () => rm(folder, { recursive: true }));
    await makeRepository(folder);
    const options = { modelRepositories: [folder], onProgress: say, signal };
    const triton = opening.use(await startTriton(options));
    return new Rig(triton, opening.move());
  }

  /** Starts workers, and has each do jobs until it is warm. */
  async fleet(options: FleetOptions, signal: AbortSignal): Promise<Fleet> {
    const { operations, sources } = options;
    const local = await this.cloud(sources);
    await mkdir(LOGS, { recursive: true });
    const environment = { ...local.environment, ...options.environment };
    const processes = operations.map((operation) => [operation]);
    const fleet = this.#open.use(
      new WorkerFleet({ operations: processes, environment, logFolder: LOGS }),
    );
    const [source] = sources.keys();
    const warmUp = Array.from({ length: operations.length * 8 }, (_, n): BenchJob => {
      const operation = operations[n % operations.length]!;
      return { operation, jobId: `warm-${n}`, source: sourceUri(local, source!), params: {} };
    });
    await runJobs(local, warmUp, { signal });
    return { local, pids: fleet.pids };
  }

  /** Pub/Sub and storage with these sources, and the settings of a worker that uses them and this Triton. */
  async cloud(sources: ReadonlyMap<string, Uint8Array>): Promise<LocalCloud> {
    const local = await startLocalCloud(this.#open);
    for (const [name, bytes] of sources) await uploadSource(local.cloud, name, Buffer.from(bytes));
    const environment = {
      ...local.environment,
      ...TUNED_ENVIRONMENT,
      IMAGEN_TRITON_ADDRESS: this.triton.grpcAddress,
    };
    return { ...local, environment };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

/** Where a source object is. */
export function sourceUri({ cloud }: LocalCloud, name: string): string {
  return `gs://${cloud.sourcesBucket}/${name}`;
}

/** The operations of as many workers that all do comics. */
export function comicWorkers(count: number): OperationName[] {
  return Array.from({ length: count }, () => 'comic');
}
