import { setTimeout as delay } from 'node:timers/promises';
import {
  jobTopic,
  resultObject,
  subscriptionPath,
  topicPath,
  workerSubscription,
} from '@imagen/contracts';
import type { TritonServer } from '@imagen/local-stack/triton';
import sharp from 'sharp';
import type { LocalCloud } from '../../chaos/local-cloud.ts';
import { downloadResult } from '../../packages/cli/src/jobs.ts';
import { modelCounters } from '../../packages/local-stack/test/triton/support/kserve-http.ts';
import { cpuSecondsOfTree } from './cpu-time.ts';
import type { JpegPicture } from './pictures.ts';

/** Running workers that do `enhance` jobs, with a cloud that nobody else uses. */
export interface Side {
  readonly local: LocalCloud;
  readonly workerPids: readonly number[];
  /** The model that they use. */
  readonly modelName: string;
}

/** What jobs took. */
export interface Sample {
  /** From the first result to the last. */
  readonly jobsPerS: number;
  /** Inferences ÷ executions, by Triton's own count. */
  readonly meanBatch: number;
  /** CPU time of the workers and their children. */
  readonly workerCpuSPerJob: number;
  /** CPU time of Triton and its models. */
  readonly serverCpuSPerJob: number;
}

/** Jobs to publish. */
export interface Jobs {
  /** Unique among the runs of a side: it begins the jobs' ids. */
  readonly prefix: string;
  /** One job each; the source objects are there, with the names of {@link sourceName}. */
  readonly pictures: readonly JpegPicture[];
  readonly signal: AbortSignal;
}

/** Name of a picture's source object. */
export const sourceName = (index: number): string => `picture-${index}.jpg`;

/**
 * Publishes the jobs at once and waits until each is done and acked. The Triton must have nothing else to do.
 * @throws Error when a job has no result, or one of another size, or nothing is acked for a minute
 */
export async function measureWorkers(
  side: Side,
  triton: TritonServer,
  jobs: Jobs,
): Promise<Sample> {
  const jobIds = jobs.pictures.map((_, index) => `${jobs.prefix}-${index}`);
  const before = await readCounts(side, triton);
  const acksBefore = acks(side.local);
  await publish(side.local, jobIds);
  await waitForAcks(side.local, acksBefore + jobIds.length, jobs.signal);
  const after = await readCounts(side, triton);
  await checkResults(side.local, jobIds, jobs.pictures);
  const doneAtMs = (await timesOfResults(side.local, jobs.prefix)).toSorted((a, b) => a - b);
  const elapsedS = (doneAtMs.at(-1)! - doneAtMs[0]!) / 1000;
  const perJob = (count: keyof Counts): number => (after[count] - before[count]) / jobIds.length;
  return {
    jobsPerS: (jobIds.length - 1) / elapsedS,
    meanBatch: perJob('inferences') / perJob('executions'),
    workerCpuSPerJob: perJob('workerCpuS'),
    serverCpuSPerJob: perJob('serverCpuS'),
  };
}

interface Counts {
  readonly inferences: number;
  readonly executions: number;
  readonly workerCpuS: number;
  readonly serverCpuS: number;
}

async function readCounts({ workerPids, modelName }: Side, triton: TritonServer): Promise<Counts> {
  const counters = await modelCounters(triton.metricsUrl, modelName);
  const ofWorkers = await Promise.all(workerPids.map(async (pid) => cpuSecondsOfTree(pid)));
  return {
    inferences: counters['nv_inference_count'] ?? 0,
    executions: counters['nv_inference_exec_count'] ?? 0,
    workerCpuS: ofWorkers.reduce((sum, seconds) => sum + seconds, 0),
    serverCpuS: await cpuSecondsOfTree(triton.pid),
  };
}

async function publish({ cloud }: LocalCloud, jobIds: readonly string[]): Promise<void> {
  const messages = jobIds.map((jobId, index) => {
    const source = `gs://${cloud.sourcesBucket}/${sourceName(index)}`;
    return { data: Buffer.from(JSON.stringify({ jobId, source })), attributes: { jobId } };
  });
  await cloud.publisher.publish({
    topic: topicPath(cloud.projectId, jobTopic('enhance')),
    messages,
  });
}

const POLL_MS = 50;
const IDLE_LIMIT_MS = 60_000;

/** An ack is the last thing a worker does for a job. No client can wait for one: the server's journal is looked at. */
async function waitForAcks(local: LocalCloud, count: number, signal: AbortSignal): Promise<void> {
  let [last, lastAt] = [-1, performance.now()];
  for (;;) {
    const acked = acks(local);
    if (acked >= count) return;
    if (acked > last) [last, lastAt] = [acked, performance.now()];
    if (performance.now() - lastAt > IDLE_LIMIT_MS) {
      throw new Error(`no job was acked for ${IDLE_LIMIT_MS / 1000} s, ${count - acked} are open`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** How many messages of `enhance` have been acked so far. */
function acks({ pubsub, cloud }: LocalCloud): number {
  const subscription = subscriptionPath(cloud.projectId, workerSubscription('enhance'));
  return pubsub.journal
    .filter(
      ({ rpc, resource, outcome }) =>
        rpc === 'Acknowledge' && resource === subscription && outcome === 'OK',
    )
    .reduce((sum, { ackIds }) => sum + ackIds.length, 0);
}

async function checkResults(
  { cloud }: LocalCloud,
  jobIds: readonly string[],
  pictures: readonly JpegPicture[],
): Promise<void> {
  for (const [index, { widthPx, heightPx }] of pictures.entries()) {
    const object = resultObject('enhance', jobIds[index]!, 'jpeg');
    const result = await downloadResult(cloud, `gs://${cloud.resultsBucket}/${object}`);
    const { width, height } = await sharp(result).metadata();
    if (width !== widthPx || height !== heightPx) {
      throw new Error(`${object} is ${width}x${height}, its source ${widthPx}x${heightPx}`);
    }
  }
}

/** When each result of the jobs with these ids was written, in milliseconds since 1970, in no order. */
async function timesOfResults({ cloud }: LocalCloud, prefix: string): Promise<number[]> {
  const bucket = cloud.storage.bucket(cloud.resultsBucket);
  const [files] = await bucket.getFiles({ prefix: `enhance/${prefix}-` });
  return files.map(({ metadata }) => Date.parse(String(metadata.timeCreated)));
}
