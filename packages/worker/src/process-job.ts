import { eventOf, type JobRecord, resultObject } from '@imagen/contracts';
import { applyModel } from './apply-model.ts';
import type { JobError } from './errors.ts';
import { decode, type Decoded, encode, type Encoded, MAX_SOURCE_BYTES } from './image/codec.ts';
import { OPERATIONS } from './operations/index.ts';
import { type Delivery, parseJob } from './parse-job.ts';
import type { Events, Ports } from './ports.ts';
import { createStopwatch } from './telemetry/stopwatch.ts';

/**
 * One job, from its message to its terminal record. Done twice, it has one visible result: image and record are created
 * only where none exists, the image first, so that a record never names an object that is not there.
 * @throws JobError any code; the job then has no record yet
 */
export async function processJob(
  delivery: Delivery,
  ports: Ports,
  signal: AbortSignal,
): Promise<JobRecord> {
  const { objects, inference, events } = ports;
  const stopwatch = createStopwatch();
  const job = parseJob(delivery);
  const operation = OPERATIONS[delivery.operation].prepare(job.params, job.jobId);

  const finished = await stopwatch.time('read', () => objects.readRecord(job.jobId));
  // The delivery that wrote the record may have ended before its event.
  if (finished) return announce(finished, events);

  const source = await stopwatch.time('read', () =>
    objects.readSource(job.source, MAX_SOURCE_BYTES, signal),
  );
  const input = await stopwatch.time('decode', () => decode(source.bytes, signal));
  const output = await stopwatch.time('infer', () =>
    applyModel(input.picture, operation, inference, signal),
  );
  const picture = await stopwatch.time('finish', () =>
    operation.finish(output.raster, input.picture),
  );
  const result = await stopwatch.time('encode', () => encode(picture, job.output));
  signal.throwIfAborted();

  const name = resultObject(delivery.operation, job.jobId, result.format);
  const written = await stopwatch.time('write', () =>
    objects.createResult(name, { ...result, jobId: job.jobId }),
  );
  const { params, notes } = operation;
  const record = await objects.createRecord({
    outcome: 'succeeded',
    ...commonFields(delivery, job.jobId),
    source: job.source,
    params,
    input: { uri: job.source, generation: source.generation, ...shapeOf(input, source) },
    result: { uri: written.uri, ...shapeOf(result, result) },
    notes: [...input.notes, ...notes, ...result.notes],
    receipt: {
      modelName: operation.model.modelName,
      modelVersion: output.modelVersion,
      tiles: output.tiles,
      stagesMs: stopwatch.stagesMs,
    },
  });
  return announce(record, events);
}

/**
 * Writes down that a job has failed for good, and announces it.
 * @throws JobError STORAGE_UNAVAILABLE, PUBLISH_FAILED
 */
export async function recordFailure(
  delivery: Delivery,
  jobId: string,
  { code, message }: JobError,
  { objects, events }: Ports,
): Promise<JobRecord> {
  const record = await objects.createRecord({
    outcome: 'failed',
    ...commonFields(delivery, jobId),
    error: { code, message },
  });
  return announce(record, events);
}

async function announce(record: JobRecord, events: Events): Promise<JobRecord> {
  await events.publish(eventOf(record));
  return record;
}

function shapeOf(
  { widthPx, heightPx, format }: Decoded | Encoded,
  { bytes }: { readonly bytes: Uint8Array },
) {
  return { widthPx, heightPx, format, bytes: bytes.length };
}

function commonFields({ operation, deliveryAttempt, ...times }: Delivery, jobId: string) {
  return {
    jobId,
    operation,
    deliveryAttempt,
    publishedAt: times.publishedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    durationMs: Math.round(performance.now() - times.receivedAtMs),
  };
}
