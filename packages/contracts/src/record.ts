import * as z from 'zod';
import { ERROR_CODES } from './error-codes.ts';
import { GsUriSchema, JobIdSchema } from './job.ts';
import { OPERATION_NAMES } from './operations.ts';

const PictureSchema = z.strictObject({
  uri: GsUriSchema,
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  format: z.string(),
  bytes: z.int().positive(),
});

/** What it took: enough to explain a result and to make it again. */
const ReceiptSchema = z.strictObject({
  modelName: z.string(),
  modelVersion: z.string(),
  tiles: z.int().positive().describe('Inference requests made.'),
  stagesMs: z
    .record(z.string(), z.number().nonnegative())
    .describe('Milliseconds per stage of the work: read, decode, infer, encode, write.'),
});

const common = {
  jobId: JobIdSchema,
  operation: z.enum(OPERATION_NAMES),
  source: GsUriSchema.optional(),
  params: z.record(z.string(), z.unknown()).optional().describe('As used, defaults filled in.'),
  messageDigest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe(
      'SHA-256 of the operation and the message data: tells the same message from another.',
    ),
  deliveryAttempt: z.int().nonnegative(),
  publishedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative().describe('From the start of the work to its end.'),
};

/** The terminal record of a job, `jobs/<jobId>.json` in the results bucket: the visible truth. */
export const RecordSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('succeeded'),
    ...common,
    input: PictureSchema.extend({
      generation: z.string().describe('The generation of the source object that was read.'),
    }),
    result: PictureSchema,
    notes: z
      .array(z.string())
      .describe('What the user should know about this result, e.g. "first frame of 12".'),
    receipt: ReceiptSchema,
  }),
  z.strictObject({
    outcome: z.literal('failed'),
    ...common,
    error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string() }),
  }),
]);

/** A terminal record. */
export type JobRecord = z.output<typeof RecordSchema>;

/** The event on `imagen-job-events`: repeats the record, at least once per finished job. */
export const EventSchema = z.strictObject({
  type: z.enum(['job.succeeded', 'job.failed']),
  record: RecordSchema,
});

/** An event. */
export type JobEvent = z.output<typeof EventSchema>;

/** The event that announces a record. */
export function eventOf(record: JobRecord): JobEvent {
  return { type: `job.${record.outcome}`, record };
}
