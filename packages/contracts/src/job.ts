import * as z from 'zod';

/** Largest message data we parse, in bytes (10 KB). */
export const MAX_MESSAGE_BYTES = 10_240;

/** A job's name, chosen by the publisher: also the name of its result and record objects. */
export const JobIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, 'expected 1 to 128 of A-Z a-z 0-9 . _ -')
  .refine((id) => !/^\.+$/.test(id), 'must not consist of dots only');

/** Most bytes of an object's name (Cloud Storage). */
const MAX_OBJECT_NAME_BYTES = 1024;

/**
 * `gs://bucket/object`. Bucket rules of Cloud Storage; object name up to 1024 bytes, without what has no place in logs and
 * requests: controls, separators of lines, turns of the writing direction, lone surrogates.
 */
export const GsUriSchema = z
  .string()
  .max(1250)
  .regex(
    // oxlint-disable-next-line no-control-regex -- they are what it refuses
    /^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\/[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+$/u,
    { error: 'expected gs://bucket/object' },
  )
  .refine(
    (uri) => isObjectName(parseGsUri(uri).object),
    'expected an object name of Cloud Storage',
  );

/** Requests would lose their way with the names `.` and `..`. */
function isObjectName(name: string): boolean {
  return name !== '.' && name !== '..' && Buffer.byteLength(name) <= MAX_OBJECT_NAME_BYTES;
}

/** Formats a result can be written in. */
export const OUTPUT_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;

/** One of {@link OUTPUT_FORMATS}. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** How to encode the result. Without a format: PNG where there is transparency, else JPEG. */
const OutputSchema = z.strictObject({
  format: z.enum(OUTPUT_FORMATS).optional(),
  quality: z.int().min(1).max(100).optional().describe('For jpeg, webp and avif.'),
});

/** Message data of a job, before its params were validated by the operation. */
export const JobSchema = z.strictObject({
  jobId: JobIdSchema,
  source: GsUriSchema.describe('The picture to work on.'),
  params: z.record(z.string(), z.unknown()).default({}),
  output: OutputSchema.default({}),
});

/** A parsed job. The topic it came by names the operation. */
export type Job = z.output<typeof JobSchema>;

/** What a publisher writes: fields with a default may be left out. */
export type JobInput = z.input<typeof JobSchema>;

/** Splits `gs://bucket/a/b.jpg` into bucket and object name. The URI must satisfy {@link GsUriSchema}. */
export function parseGsUri(uri: string): { bucket: string; object: string } {
  const slash = uri.indexOf('/', 'gs://'.length);
  return { bucket: uri.slice('gs://'.length, slash), object: uri.slice(slash + 1) };
}
