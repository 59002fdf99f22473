import type { JobRecord } from '@imagen/contracts';

/** A failed record with the given differences. */
export function aRecord(differences: Partial<JobRecord> = {}): JobRecord {
  const record = {
    outcome: 'failed',
    jobId: 'job-1',
    operation: 'comic',
    messageDigest: '0'.repeat(64),
    deliveryAttempt: 1,
    publishedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    durationMs: 1000,
    error: { code: 'INTERNAL', message: 'made up' },
  } satisfies JobRecord;
  return { ...record, ...differences } as JobRecord;
}

/** The result picture of a record. @throws Error when the job failed */
export function resultOf(record: JobRecord): (JobRecord & { outcome: 'succeeded' })['result'] {
  if (record.outcome === 'succeeded') return record.result;
  throw new Error(`${record.jobId} failed: ${record.error.code} ${record.error.message}`);
}
