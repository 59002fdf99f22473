import { JobIdSchema, type JobRecord } from '@imagen/contracts';
import { connectCloud } from '../cloud.ts';
import { UsageError } from '../usage-error.ts';
import { print } from '../output.ts';

/** Shows a job's terminal record. Exit code 0 succeeded, 1 failed, 3 no record yet. */
export async function status(
  jobId: string,
  options: { readonly json?: boolean },
  signal: AbortSignal,
): Promise<number> {
  if (!JobIdSchema.safeParse(jobId).success) throw new UsageError(`"${jobId}" is not a jobId`);
  const cloud = connectCloud();
  try {
    const record = await cloud.objects.readRecord(jobId, signal);
    if (!record) {
      print(options.json ? JSON.stringify({ jobId, outcome: null }) : `${jobId} has no record yet`);
      return 3;
    }
    print(options.json ? JSON.stringify(record) : describeRecord(record));
    return record.outcome === 'succeeded' ? 0 : 1;
  } finally {
    await cloud.close();
  }
}

/** A record in a few lines for people. */
export function describeRecord(record: JobRecord): string {
  const head = `${record.jobId}: ${record.operation} ${record.outcome} after ${Math.round(record.durationMs)} ms`;
  if (record.outcome === 'failed')
    return `${head}\n  ${record.error.code}: ${record.error.message}`;
  const { result, receipt, notes } = record;
  return [
    head,
    `  ${result.uri} (${result.widthPx} × ${result.heightPx}, ${result.bytes} bytes)`,
    `  model ${receipt.modelName} version ${receipt.modelVersion}, ${receipt.tiles} tiles`,
    ...notes.map((note) => `  note: ${note}`),
  ].join('\n');
}
