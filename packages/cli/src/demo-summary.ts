import type { JobRecord, OperationName } from '@imagen/contracts';
import { createTritonClient } from '@imagen/triton-client';
import { formatTable } from './output.ts';

/** One job of the demo; paths are relative to the demo's folder. */
export interface DemoJob {
  readonly jobId: string;
  readonly operation: OperationName;
  readonly source: string;
  /** Null for a failed job. */
  readonly result: string | null;
  readonly outcome: JobRecord['outcome'];
  readonly error?: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly tiles: number;
  readonly modelName: string;
  readonly modelVersion: string;
  /** Of the work, not of the waiting for a slot. */
  readonly durationMs: number;
}

/** Triton's own counters: `meanBatch` is inferences ÷ executions. */
export type Batching = Readonly<
  Record<string, { inferences: number; executions: number; meanBatch: number }>
>;

/** `summary.json`. */
export interface DemoSummary {
  readonly wallMs: number;
  readonly jobs: readonly DemoJob[];
  readonly batching: Batching;
}

/** A job's entry of the summary, from its record. */
export function toDemoJob(record: JobRecord, source: string, result: string | null): DemoJob {
  const { jobId, operation, outcome, durationMs } = record;
  const common = { jobId, operation, source, result, outcome, durationMs };
  if (record.outcome === 'failed') {
    const { code, message } = record.error;
    const nothing = { widthPx: 0, heightPx: 0, tiles: 0, modelName: '', modelVersion: '' };
    return { ...common, ...nothing, error: `${code}: ${message}` };
  }
  const { widthPx, heightPx } = record.result;
  const { tiles, modelName, modelVersion } = record.receipt;
  return { ...common, widthPx, heightPx, tiles, modelName, modelVersion };
}

/** Reads what Triton counted per model, for the models that ran. */
export async function readBatching(grpcAddress: string): Promise<Batching> {
  using triton = createTritonClient(grpcAddress);
  const statistics = await triton.statistics({ deadlineMs: 10_000 });
  const ran = statistics.filter(({ executionCount }) => executionCount > 0);
  return Object.fromEntries(
    ran.map(({ name, inferenceCount: inferences, executionCount: executions }) => {
      const meanBatch = Math.round((inferences / executions) * 100) / 100;
      return [name, { inferences, executions, meanBatch }];
    }),
  );
}

/** The table at the end: operation, jobs, p50 ms, tiles, mean batch. */
export function renderTable({ jobs, batching, wallMs }: DemoSummary): string {
  const operations = [...new Set(jobs.map(({ operation }) => operation))];
  const rows = operations.map((operation) => {
    const own = jobs.filter((job) => job.operation === operation);
    const tiles = own.reduce((sum, job) => sum + job.tiles, 0);
    const model = own.find(({ modelName }) => modelName !== '')?.modelName ?? '';
    const meanBatch = batching[model]?.meanBatch.toFixed(2) ?? '-';
    const succeeded = own.filter(({ outcome }) => outcome === 'succeeded').length;
    return [operation, `${succeeded}/${own.length}`, median(own), tiles, meanBatch] as const;
  });
  const table = formatTable([['operation', 'jobs', 'p50 ms', 'tiles', 'mean batch'], ...rows]);
  const failures = jobs.flatMap(({ jobId, error }) => (error ? [`${jobId}: ${error}`] : []));
  return [table, ...failures, `${(wallMs / 1000).toFixed(1)} s in all`].join('\n');
}

function median(jobs: readonly DemoJob[]): number {
  const sorted = jobs.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
