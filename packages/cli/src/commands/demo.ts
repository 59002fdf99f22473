import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JobRecord, OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { type Cloud } from '../cloud.ts';
import { UsageError } from '../usage-error.ts';
import { renderPage } from '../demo-page.ts';
import { type DemoJob, readBatching, renderTable, toDemoJob } from '../demo-summary.ts';
import { downloadResult, publishJob, uploadSource, recordsWithPrefix } from '../jobs.ts';
import { startLocalFleet } from '../local-fleet.ts';
import { type Progress, print, say, startProgress } from '../output.ts';

/** Options of `imagen demo`. */
export interface DemoOptions {
  /** A picture of the user's own. */
  readonly photo?: string;
  /** Folder of the results. */
  readonly out: string;
  readonly json?: boolean;
}

const JOB_PREFIX = 'demo-';
const SAMPLES = fileURLToPath(new URL('../../../../samples', import.meta.url));

interface Photo {
  /** File name without extension. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Copy for the page, relative to the demo's folder. */
  readonly source: string;
}

interface PublishedJob {
  readonly jobId: string;
  readonly operation: OperationName;
  readonly photo: Photo;
}

/** All five operations on every photo, through the whole fleet. Exit code 0 only if every job succeeded. */
export async function demo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  const photos = await readPhotos(options);
  await using fleet = await startLocalFleet(say, signal);

  const jobs = await publishAll(fleet.cloud, photos);
  const progress = startProgress(jobs.length, `${jobs.length} jobs published`);
  const collecting = collectAll(fleet.cloud, jobs, { out: options.out, signal, progress });
  const finished = await Promise.race([collecting, fleet.failed]);
  progress.finish('every job has ended');

  const batching = await readBatching(fleet.triton.grpcAddress);
  const summary = { wallMs: Math.round(performance.now() - startedAt), jobs: finished, batching };
  await writeFile(join(options.out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  await writeFile(join(options.out, 'index.html'), renderPage(summary));
  print(options.json ? JSON.stringify(summary) : renderTable(summary));
  say(`look at ${join(options.out, 'index.html')}`);
  return finished.every(({ outcome }) => outcome === 'succeeded') ? 0 : 1;
}

/** Reads the photos, and copies them to a fresh `<out>/sources` for the page. */
async function readPhotos({ photo, out }: DemoOptions): Promise<Photo[]> {
  const paths = photo === undefined ? await samplePhotos() : [photo];
  for (const folder of ['sources', 'results']) {
    await rm(join(out, folder), { recursive: true, force: true });
    await mkdir(join(out, folder), { recursive: true });
  }
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const bytes = await readFile(path).catch((error: unknown) => {
        throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : ''}`);
      });
      const source = join('sources', basename(path));
      await writeFile(join(out, source), bytes);
      return { name: basename(path, extname(path)), bytes, source };
    }),
  );
}

async function samplePhotos(): Promise<string[]> {
  const files = await readdir(SAMPLES);
  return files.filter((file) => file.endsWith('.jpg')).map((file) => join(SAMPLES, file));
}

/** Uploads every photo once and publishes one job per operation and photo. */
async function publishAll(cloud: Cloud, photos: readonly Photo[]): Promise<PublishedJob[]> {
  const perPhoto = photos.map(async (photo, index) => {
    const uri = await uploadSource(cloud, photo.source, photo.bytes);
    const jobs = OPERATION_NAMES.map((operation) => ({
      jobId: `${JOB_PREFIX}${operation}-${index}`,
      operation,
      photo,
    }));
    for (const { jobId, operation } of jobs) {
      await publishJob(cloud, operation, { jobId, source: uri });
    }
    return jobs;
  });
  return (await Promise.all(perPhoto)).flat();
}

/** Waits for every record and brings the results into `<out>/results`; in the order of `jobs`. */
async function collectAll(
  cloud: Cloud,
  jobs: readonly PublishedJob[],
  { out, signal, progress }: { out: string; signal: AbortSignal; progress: Progress },
): Promise<DemoJob[]> {
  const finished = new Map<string, DemoJob>();
  const wanted = { count: jobs.length, signal };
  for await (const record of recordsWithPrefix(cloud, JOB_PREFIX, wanted)) {
    const job = jobs.find(({ jobId }) => jobId === record.jobId);
    if (!job) continue;
    finished.set(record.jobId, await collect(cloud, job, record, out));
    progress.advance(`${job.operation} ${job.photo.name}: ${record.outcome}`);
  }
  return jobs.flatMap(({ jobId }) => finished.get(jobId) ?? []);
}

async function collect(
  cloud: Cloud,
  { operation, photo }: PublishedJob,
  record: JobRecord,
  out: string,
): Promise<DemoJob> {
  if (record.outcome === 'failed') return toDemoJob(record, photo.source, null);
  const { uri } = record.result;
  const result = join('results', `${operation}-${photo.name}${extname(uri)}`);
  await writeFile(join(out, result), await downloadResult(cloud, uri));
  return toDemoJob(record, photo.source, result);
}
