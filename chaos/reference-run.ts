import { type DistinctJob, oneOfEach } from './chaos-jobs.ts';
import { readOutcome } from './evidence.ts';
import { JobBoard } from './job-board.ts';
import { type Rig, waitForAcks, waitForRecords } from './rig.ts';
import type { Expected } from './verdict.ts';

/** Undisturbed, the next record is never further away. */
const IDLE_LIMIT_MS = 90_000;
const ACK_LIMIT_MS = 10_000;

/**
 * Runs every kind of job once with nothing going wrong.
 * @throws Error when one does not end as it must: then the disturbed run would prove nothing
 */
export async function referenceRun(
  rig: Rig,
  distinct: readonly DistinctJob[],
  signal: AbortSignal,
): Promise<Map<number, Expected>> {
  const jobs = oneOfEach(distinct, 'reference');
  const board = new JobBoard(rig.local, rig.reader);
  await board.publish(jobs);
  const isComplete = await waitForRecords(board, { idleLimitMs: IDLE_LIMIT_MS, signal });
  if (!isComplete) {
    const open = board.open().map(({ jobId }) => jobId);
    throw new Error(`the undisturbed run did not end: ${open.join(', ')}`);
  }
  // A fault must not strike what is left of this run.
  await waitForAcks(board, ACK_LIMIT_MS, signal);
  const expectations = new Map<number, Expected>();
  for (const job of jobs) {
    const { record, sha256 } = await readOutcome(rig.local, job);
    const { index, isGood, operation, source } = job.distinct;
    if (!record || isGood !== (record.outcome === 'succeeded')) {
      const error = record?.outcome === 'failed' ? record.error.message : '';
      throw new Error(`undisturbed, ${operation} of ${source} ${record?.outcome}: ${error}`);
    }
    expectations.set(
      index,
      record.outcome === 'failed'
        ? { outcome: 'failed', code: record.error.code }
        : { outcome: 'succeeded', sha256: sha256 ?? 'no such object' },
    );
  }
  return expectations;
}
