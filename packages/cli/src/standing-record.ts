import { type JobRecord, recordObject, RecordSchema } from '@imagen/contracts';
import type { Cloud } from './cloud.ts';

/** A terminal record and the generation of its object. */
export interface StandingRecord {
  readonly record: JobRecord;
  /** Cloud Storage generation, as a decimal string. */
  readonly generation: string;
}

/** The record that a job has now; undefined while it has none. @throws Error of Cloud Storage, ZodError */
export async function readStandingRecord(
  { storage, resultsBucket }: Cloud,
  jobId: string,
): Promise<StandingRecord | undefined> {
  const name = recordObject(jobId);
  try {
    const [metadata] = await storage.bucket(resultsBucket).file(name).getMetadata();
    const generation = String(metadata.generation);
    const [bytes] = await storage.bucket(resultsBucket).file(name, { generation }).download();
    return { record: RecordSchema.parse(JSON.parse(bytes.toString('utf8'))), generation };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/**
 * Deletes a failed record, that generation of it and no other, so that its job can be done again.
 * @throws Error when the record has changed since it was read, and errors of Cloud Storage
 */
export async function deleteFailedRecord(
  { storage, resultsBucket }: Cloud,
  { record, generation }: StandingRecord,
): Promise<void> {
  const { jobId, outcome } = record;
  if (outcome !== 'failed') throw new Error(`job ${jobId} has succeeded: its record stays`);
  try {
    const file = storage.bucket(resultsBucket).file(recordObject(jobId));
    await file.delete({ ifGenerationMatch: generation });
  } catch (error) {
    const status = statusOf(error);
    // Another redrive was faster.
    if (status === 404) return;
    if (status !== 412) throw error;
    throw new Error(`the record of job ${jobId} has just changed: run it again`, { cause: error });
  }
}

function statusOf(error: unknown): number {
  const code: unknown = error instanceof Error && Reflect.get(error, 'code');
  return Number(code) || 0;
}
