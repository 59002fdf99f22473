import { jobTopic, type OperationName, recordObject, topicPath } from '@imagen/contracts';
import type { ChaosJob } from './chaos-jobs.ts';
import type { JournalReader } from './journal-reader.ts';
import type { LocalCloud } from './local-cloud.ts';

/** What is published, and which of it has its record, by the storage's own journal. */
export class JobBoard {
  readonly reader: JournalReader;
  readonly #local: LocalCloud;
  readonly #jobs = new Map<string, ChaosJob>();
  readonly #messageIds = new Map<string, Set<string>>();

  constructor(local: LocalCloud, reader: JournalReader) {
    this.#local = local;
    this.reader = reader;
  }

  /** Every job published so far. */
  get jobs(): ChaosJob[] {
    return [...this.#jobs.values()];
  }

  /** Ids of all messages of all jobs. */
  get messageIds(): Set<string> {
    return new Set(this.#messageIds.values().flatMap((ids) => ids.values()));
  }

  /** Ids of the messages of one job. */
  messageIdsOf(jobId: string): ReadonlySet<string> {
    return this.#messageIds.get(jobId) ?? new Set();
  }

  /** Jobs published that have no record yet. */
  open(): ChaosJob[] {
    this.reader.catchUp();
    return this.jobs.filter(({ jobId }) => !this.reader.written.has(this.recordOf(jobId)));
  }

  /** A record as the journal reader names it. */
  recordOf(jobId: string): string {
    return `${this.#local.cloud.resultsBucket}/${recordObject(jobId)}`;
  }

  /** Publishes jobs, each as one message; a job that stands there twice, or was published before, is published again. */
  async publish(jobs: readonly ChaosJob[]): Promise<void> {
    const { cloud } = this.#local;
    const byOperation = Map.groupBy(jobs, ({ distinct }) => distinct.operation);
    await Promise.all(
      byOperation.entries().map(async ([operation, some]) => {
        const messages = some.map((job) => this.#message(job));
        const topic = topicPath(cloud.projectId, jobTopic(operation satisfies OperationName));
        const [{ messageIds }] = await cloud.publisher.publish({ topic, messages });
        for (const [index, job] of some.entries()) this.#enter(job, messageIds?.[index]);
      }),
    );
  }

  #message({ jobId, distinct }: ChaosJob): { data: Buffer; attributes: { jobId: string } } {
    const { source, params, output } = distinct;
    const uri = `gs://${this.#local.cloud.sourcesBucket}/${source}`;
    return {
      data: Buffer.from(JSON.stringify({ jobId, source: uri, params, output })),
      attributes: { jobId },
    };
  }

  #enter(job: ChaosJob, messageId: string | undefined): void {
    this.#jobs.set(job.jobId, job);
    const ids = this.#messageIds.get(job.jobId) ?? new Set();
    this.#messageIds.set(job.jobId, ids.add(messageId ?? ''));
  }
}
