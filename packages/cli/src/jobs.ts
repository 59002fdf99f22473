import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type JobInput,
  type JobRecord,
  jobTopic,
  type OperationName,
  parseGsUri,
  recordObject,
  topicPath,
} from '@imagen/contracts';
import type { Cloud } from './cloud.ts';

/** Time between two looks for a record. */
const POLL_MS = 250;

/** Puts a picture into the sources bucket and returns its `gs://` URI. */
export async function uploadSource(cloud: Cloud, name: string, bytes: Buffer): Promise<string> {
  const file = cloud.storage.bucket(cloud.sourcesBucket).file(name);
  await file.save(bytes, { resumable: false });
  return file.cloudStorageURI.href;
}

/** Publishes a job to its operation's topic. */
export async function publishJob(
  cloud: Cloud,
  operation: OperationName,
  job: JobInput,
): Promise<void> {
  const message = { data: Buffer.from(JSON.stringify(job)), attributes: { jobId: job.jobId } };
  const topic = topicPath(cloud.projectId, jobTopic(operation));
  await cloud.publisher.publish({ topic, messages: [message] });
}

/** Waits until a job has its terminal record. */
export async function waitForRecord(
  cloud: Cloud,
  jobId: string,
  signal: AbortSignal,
): Promise<JobRecord> {
  for (;;) {
    const record = await cloud.objects.readRecord(jobId, signal);
    if (record) return record;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** The records of `count` jobs whose ids start with `prefix`, each as soon as it is there. */
export async function* recordsWithPrefix(
  cloud: Cloud,
  prefix: string,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): AsyncGenerator<JobRecord> {
  const results = cloud.storage.bucket(cloud.resultsBucket);
  const seen = new Set<string>();
  while (seen.size < count) {
    const [files] = await results.getFiles({ prefix: recordObject(prefix).replace('.json', '') });
    for (const { name } of files.filter((file) => !seen.has(file.name))) {
      seen.add(name);
      const record = await cloud.objects.readRecord(basename(name, '.json'), signal);
      if (record) yield record;
    }
    if (seen.size < count) await delay(POLL_MS, undefined, { signal });
  }
}

/** Downloads a result by its `gs://` URI. */
export async function downloadResult(cloud: Cloud, uri: string): Promise<Buffer> {
  const { bucket, object } = parseGsUri(uri);
  const [bytes] = await cloud.storage.bucket(bucket).file(object).download();
  return bytes;
}
