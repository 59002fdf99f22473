import { eventOf, type Job, type JobRecord, resultObject } from '@imagen/contracts';
import { applyModel } from './apply-model.ts';
import { JobError } from './errors.ts';
import type { Decoded } from './image/decode.ts';
import { checkResult, encode, type Encoded } from './image/encode.ts';
import { memoryNeeded } from './image/memory-needs.ts';
import { freePicture } from './image/picture.ts';
import { free, scaled } from './image/raster.ts';
import { MAX_SOURCE_BYTES } from './image/source-header.ts';
import { OPERATIONS } from './operations/index.ts';
import type { PreparedOperation } from './operations/operation.ts';
import { type Delivery, digestOf, parseJob } from './parse-job.ts';
import type { Events, Ports } from './ports.ts';
import { createStopwatch, type Stopwatch } from './telemetry/stopwatch.ts';

/**
 * One job, from its message to its terminal record. Done twice, it has one visible result: image and record are created
 * only where none exists, the image first, so that a record never names an object that is not there.
 * @throws JobError any code; the job then has no record yet, but for JOB_CONFLICT
 */
export async function processJob(
  delivery: Delivery,
  ports: Ports,
  signal: AbortSignal,
): Promise<JobRecord> {
  const { objects, events } = ports;
  const stopwatch = createStopwatch();
  const job = parseJob(delivery);
  const operation = OPERATIONS[delivery.operation].prepare(job.params, job.jobId);
  const { jobId } = job;

  const finished = await stopwatch.time('read', () => objects.readRecord(jobId, signal));
  // The delivery that wrote the record may have ended before its event.
  if (finished) return announce(sameMessage(finished, delivery), events, signal);

  const { bytes, generation } = await stopwatch.time('read', () =>
    objects.readSource(job.source, MAX_SOURCE_BYTES, signal),
  );
  const { result, ...made } = await makeResult(bytes, operation, {
    ...job,
    ...ports,
    stopwatch,
    signal,
  });
  const name = resultObject(delivery.operation, jobId, result.format);
  const named = { ...result, jobId, messageDigest: digestOf(delivery) };
  const written = await stopwatch.time('write', () => objects.createResult(name, named, signal));

  const succeeded = {
    outcome: 'succeeded' as const,
    ...commonFields(delivery, jobId),
    source: job.source,
    params: operation.params,
    input: { ...made.input, uri: job.source, generation, bytes: bytes.length },
    result: { ...shapeOf(result), ...written },
    notes: made.notes,
    receipt: { ...made.receipt, stagesMs: stopwatch.stagesMs },
  };
  const record = await objects.createRecord(succeeded, signal);
  return announce(sameMessage(record, delivery), events, signal);
}

interface Making extends Pick<Ports, 'decoders' | 'inference' | 'memory'>, Pick<Job, 'output'> {
  readonly stopwatch: Stopwatch;
  readonly signal: AbortSignal;
}

/** From the bytes of the source to those of the result, within the memory that pixels may take. */
async function makeResult(
  bytes: Uint8Array,
  operation: PreparedOperation,
  { decoders, inference, memory, output, stopwatch, signal }: Making,
) {
  const { model } = operation;
  const source = await stopwatch.time('decode', () => decoders.measure(bytes, signal));
  checkResult(scaled(source, model.scale), output.format);
  const memoryBytes = memoryNeeded(source, model, output.format);
  return memory.run(memoryBytes, signal, async () => {
    // No job may begin in this one's memory before it is free.
    using pixels = new DisposableStack();
    const input = await stopwatch.time('decode', () => decoders.decode(bytes, signal));
    pixels.defer(() => freePicture(input.picture));
    const answer = await stopwatch.time('infer', () =>
      applyModel(input.picture, operation, inference, signal),
    );
    pixels.defer(() => free(answer.raster));
    const picture = await stopwatch.time('finish', () =>
      operation.finish(answer.raster, input.picture),
    );
    pixels.defer(() => freePicture(picture));
    const result = await stopwatch.time('encode', () => encode(picture, output, input.credits));
    signal.throwIfAborted();
    const { modelVersion, tiles } = answer;
    return {
      input: shapeOf(input),
      result,
      notes: [...input.notes, ...operation.notes, ...result.notes],
      receipt: { modelName: model.modelName, modelVersion, tiles },
    };
  });
}

/**
 * Writes down that a job has failed for good, and announces it.
 * @throws JobError STORAGE_UNAVAILABLE, PUBLISH_FAILED; JOB_CONFLICT if the job has the record of another message
 */
export async function recordFailure(
  delivery: Delivery,
  jobId: string,
  { code, message }: JobError,
  { objects, events, signal }: Pick<Ports, 'objects' | 'events'> & { signal: AbortSignal },
): Promise<JobRecord> {
  const failed = {
    outcome: 'failed',
    ...commonFields(delivery, jobId),
    error: { code, message },
  } as const;
  const record = await objects.createRecord(failed, signal);
  return announce(sameMessage(record, delivery), events, signal);
}

async function announce(
  record: JobRecord,
  events: Events,
  signal: AbortSignal,
): Promise<JobRecord> {
  await events.publish(eventOf(record), signal);
  return record;
}

/** The record, if the message at hand made it. @throws JobError JOB_CONFLICT */
function sameMessage(record: JobRecord, delivery: Delivery): JobRecord {
  if (record.messageDigest === digestOf(delivery)) return record;
  throw new JobError(
    'JOB_CONFLICT',
    `job ${record.jobId} has the record of another message; choose a jobId of its own`,
  );
}

function shapeOf({ widthPx, heightPx, format }: Decoded | Encoded) {
  return { widthPx, heightPx, format };
}

function commonFields(delivery: Delivery, jobId: string) {
  const { operation, deliveryAttempt, publishedAt, receivedAtMs } = delivery;
  return {
    jobId,
    operation,
    messageDigest: digestOf(delivery),
    deliveryAttempt,
    publishedAt: publishedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    durationMs: Math.round(performance.now() - receivedAtMs),
  };
}
