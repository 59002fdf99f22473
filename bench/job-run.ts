import { setTimeout as delay } from 'node:timers/promises';
import {
  EventSchema,
  type JobInput,
  type JobRecord,
  jobTopic,
  type OperationName,
  topicPath,
} from '@imagen/contracts';
import { drain, type LocalCloud } from '../chaos/local-cloud.ts';

/** The record of a job that has a result. */
export type SucceededRecord = Extract<JobRecord, { outcome: 'succeeded' }>;

/** A job to publish. */
export interface BenchJob extends JobInput {
  readonly operation: OperationName;
}

const POLL_MS = 100;
const IDLE_LIMIT_MS = 90_000;

/**
 * Publishes jobs at once and waits for all of them; returns their records in the order in which they ended. Nobody else may
 * take the events of this cloud.
 * @throws Error for a job that fails, and when none ends for a while
 */
export async function runJobs(
  local: LocalCloud,
  jobs: readonly BenchJob[],
  { signal }: { signal: AbortSignal },
): Promise<SucceededRecord[]> {
  await publish(local, jobs);
  const records = new Map<string, SucceededRecord>();
  let lastMs = performance.now();
  while (records.size < jobs.length) {
    for (const record of await takeEvents(local)) {
      records.set(record.jobId, record);
      lastMs = performance.now();
    }
    if (performance.now() - lastMs > IDLE_LIMIT_MS) {
      throw new Error(`no job ended for ${IDLE_LIMIT_MS / 1000} s`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
  return [...records.values()];
}

/** Publishes them, one request per topic. */
export async function publish({ cloud }: LocalCloud, jobs: readonly BenchJob[]): Promise<void> {
  for (const [operation, ofOne] of Map.groupBy(jobs, (job) => job.operation)) {
    const messages = ofOne.map(({ jobId, source, params, output }) => ({
      data: Buffer.from(JSON.stringify({ jobId, source, params, output })),
      attributes: { jobId },
    }));
    await cloud.publisher.publish({
      topic: topicPath(cloud.projectId, jobTopic(operation)),
      messages,
    });
  }
}

/** Waits for the next event, without polling; returns its record. @throws Error for a job that has failed */
export async function nextRecord({
  cloud,
  eventsSubscription,
}: LocalCloud): Promise<SucceededRecord> {
  for (;;) {
    const [{ receivedMessages }] = await cloud.subscriber.pull({
      subscription: eventsSubscription,
      maxMessages: 1,
    });
    const [received] = receivedMessages ?? [];
    if (!received) continue;
    const ackIds = [received.ackId ?? ''];
    await cloud.subscriber.acknowledge({ subscription: eventsSubscription, ackIds });
    return recordOf(received.message?.data);
  }
}

async function takeEvents(local: LocalCloud): Promise<SucceededRecord[]> {
  return (await drain(local, local.eventsSubscription)).map(recordOf);
}

function recordOf(data: unknown): SucceededRecord {
  const { record } = EventSchema.parse(JSON.parse(String(data)));
  if (record.outcome === 'succeeded') return record;
  throw new Error(`${record.jobId}: ${record.error.message}`);
}
