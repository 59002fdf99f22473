import { createHash } from 'node:crypto';
import {
  EventSchema,
  type JobRecord,
  parseGsUri,
  recordObject,
  RecordSchema,
} from '@imagen/contracts';
import type { ChaosJob } from './chaos-jobs.ts';
import type { JobBoard } from './job-board.ts';
import { drain, type LocalCloud } from './local-cloud.ts';
import { type Expected, type JobFacts, jobOfResult } from './verdict.ts';

/** How many times each job was announced: takes what the runner's subscription to events has. */
export async function countEvents(local: LocalCloud): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const data of await drain(local, local.eventsSubscription)) {
    const { record } = EventSchema.parse(JSON.parse(data.toString()));
    counts.set(record.jobId, (counts.get(record.jobId) ?? 0) + 1);
  }
  return counts;
}

/** Reads what every job has come to. No fault may be active. */
export async function collectFacts(
  local: LocalCloud,
  board: JobBoard,
  expectations: ReadonlyMap<number, Expected>,
): Promise<JobFacts[]> {
  board.reader.catchUp();
  const events = await countEvents(local);
  const results = resultsByJob(local, board);
  const facts: JobFacts[] = [];
  for (const job of board.jobs) {
    const { jobId, distinct } = job;
    const expected = expectations.get(distinct.index);
    if (!expected) throw new Error(`no undisturbed run of job kind ${distinct.index}`);
    facts.push({
      jobId,
      expected,
      ...(await readOutcome(local, job)),
      recordGenerations: board.reader.written.get(board.recordOf(jobId))?.generations ?? 0,
      results: results.get(jobId) ?? [],
      events: events.get(jobId) ?? 0,
    });
  }
  return facts;
}

/** The record of a job, and the hash of the result that it names. */
export async function readOutcome(
  local: LocalCloud,
  { jobId }: ChaosJob,
): Promise<{ record: JobRecord | undefined; sha256: string | undefined }> {
  const { resultsBucket } = local.cloud;
  const bytes = await readObject(local, resultsBucket, recordObject(jobId));
  if (bytes === undefined) return { record: undefined, sha256: undefined };
  const record = RecordSchema.parse(JSON.parse(bytes.toString()));
  if (record.outcome === 'failed') return { record, sha256: undefined };
  const { bucket, object } = parseGsUri(record.result.uri);
  const result = await readObject(local, bucket, object);
  const sha256 = result && createHash('sha256').update(result).digest('hex');
  return { record, sha256 };
}

async function readObject(
  { cloud }: LocalCloud,
  bucket: string,
  name: string,
): Promise<Buffer | undefined> {
  try {
    const [bytes] = await cloud.storage.bucket(bucket).file(name).download();
    return bytes;
  } catch (error) {
    if (Number(Reflect.get(Object(error), 'code')) === 404) return undefined;
    throw error;
  }
}

function resultsByJob(
  { cloud }: LocalCloud,
  { reader }: JobBoard,
): Map<string, { name: string; generations: number }[]> {
  const byJob = new Map<string, { name: string; generations: number }[]>();
  const prefix = `${cloud.resultsBucket}/`;
  for (const [object, { generations }] of reader.written) {
    if (!object.startsWith(prefix)) continue;
    const name = object.slice(prefix.length);
    const jobId = jobOfResult(name);
    if (jobId === undefined) continue;
    byJob.set(jobId, [...(byJob.get(jobId) ?? []), { name, generations }]);
  }
  return byJob;
}
