import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  describeIssues,
  GsUriSchema,
  JobIdSchema,
  type JobInput,
  type OperationName,
  OUTPUT_FORMATS,
  type OutputFormat,
  PARAMS_SCHEMAS,
} from '@imagen/contracts';
import { type Cloud, connectCloud } from '../cloud.ts';
import { parseOperation } from '../operation-argument.ts';
import { UsageError } from '../usage-error.ts';
import { downloadResult, publishJob, uploadSource, waitForRecord } from '../jobs.ts';
import { print, say } from '../output.ts';
import { describeRecord } from './status.ts';

/** Options of `imagen submit`. */
export interface SubmitOptions {
  readonly param: readonly string[];
  readonly jobId?: string;
  readonly wait?: boolean;
  /** File for the result; its extension chooses the format. */
  readonly out?: string;
  readonly json?: boolean;
}

/** Publishes one job; with `wait` or `out` stays until it has ended. Exit code 1 when the job failed. */
export async function submit(
  [name, source]: readonly [operation: string, source: string],
  options: SubmitOptions,
  signal: AbortSignal,
): Promise<number> {
  const operation = parseOperation(name);
  const job = parseJob(operation, source, options);
  const cloud = connectCloud();
  try {
    const uri = isObject(source) ? source : await upload(cloud, job.jobId, source);
    await publishJob(cloud, operation, { ...job, source: uri });
    if (options.wait || options.out !== undefined) {
      return await waitForResult(cloud, job.jobId, options, signal);
    }
    print(options.json ? JSON.stringify({ ...job, operation, source: uri }) : job.jobId);
    return 0;
  } finally {
    await cloud.close();
  }
}

async function waitForResult(
  cloud: Cloud,
  jobId: string,
  { out, json }: SubmitOptions,
  signal: AbortSignal,
): Promise<number> {
  say(`published ${jobId}, waiting`);
  const record = await waitForRecord(cloud, jobId, signal);
  if (record.outcome === 'succeeded' && out !== undefined) {
    await writeFile(out, await downloadResult(cloud, record.result.uri));
    say(`wrote ${out}`);
  }
  print(json ? JSON.stringify(record) : describeRecord(record));
  return record.outcome === 'succeeded' ? 0 : 1;
}

/** The job that the arguments describe, all but its source checked. */
function parseJob(
  operation: OperationName,
  source: string,
  options: SubmitOptions,
): Omit<JobInput, 'source'> {
  const params = parseParams(operation, options.param);
  const jobId = options.jobId ?? `${operation}-${randomUUID()}`;
  refuse(JobIdSchema.safeParse(jobId).error, '--job-id');
  if (isObject(source)) refuse(GsUriSchema.safeParse(source).error, source);
  const format = formatOf(options.out);
  return { jobId, params, ...(format && { output: { format } }) };
}

/** The format that a file name asks for; undefined where it asks for none that a result can have. */
function formatOf(path = ''): OutputFormat | undefined {
  const extension = extname(path).slice(1).toLowerCase();
  return extension === 'jpg' ? 'jpeg' : OUTPUT_FORMATS.find((format) => format === extension);
}

function isObject(source: string): boolean {
  return source.startsWith('gs://');
}

/** `k=v` pairs: the value is read as JSON where it is JSON (numbers, true, false), else as text. */
function parseParams(operation: OperationName, pairs: readonly string[]): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--param ${pair}: expected key=value`);
    params[pair.slice(0, at)] = parseValue(pair.slice(at + 1));
  }
  refuse(PARAMS_SCHEMAS[operation].safeParse(params).error, 'params');
  return params;
}

function refuse(problem: Parameters<typeof describeIssues>[0] | undefined, name: string): void {
  if (problem) throw new UsageError(describeIssues(problem, name));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function upload(cloud: Cloud, jobId: string, path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : ''}`);
  });
  const object = `${jobId}/${basename(path, extname(path))}${extname(path)}`;
  return uploadSource(cloud, object, bytes);
}
