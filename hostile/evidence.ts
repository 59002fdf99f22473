import { type JobRecord, recordObject } from '@imagen/contracts';
import sharp from 'sharp';
import { downloadResult } from '../packages/cli/src/jobs.ts';
import type { Size } from '../packages/worker/src/image/raster.ts';
import type { Sent } from './job-run.ts';
import type { Rig } from './rig.ts';

/** What is known of a message after the run. */
export interface Facts {
  readonly sent: Sent;
  /** Undefined: there is none, or the message names no job. */
  readonly record: JobRecord | undefined;
  /** How often the record was written. */
  readonly records: number;
  /** Attempts of all deliveries. */
  readonly attempts: readonly number[];
  /** What the result decodes to, or why it does not; undefined where there is no result. */
  readonly decoded: Size | string | undefined;
}

const LANES = 4;

/** Reads what every message has come to. */
export async function collectFacts(rig: Rig, all: readonly Sent[]): Promise<Facts[]> {
  rig.reader.catchUp();
  const attempts = Map.groupBy(rig.reader.deliveries.values(), ({ messageId }) => messageId);
  const facts: Facts[] = [];
  const queue = all.entries();
  const lane = async (): Promise<void> => {
    for (const [index, sent] of queue) {
      const deliveries = attempts.get(sent.messageId) ?? [];
      const own = deliveries.map(({ attempt }) => attempt);
      facts[index] = { sent, attempts: own, ...(await outcomeOf(rig, sent)) };
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return facts;
}

async function outcomeOf(
  { local, reader }: Rig,
  { message: { jobId } }: Sent,
): Promise<Pick<Facts, 'record' | 'records' | 'decoded'>> {
  if (jobId === undefined) return { record: undefined, records: 0, decoded: undefined };
  const { cloud } = local;
  const name = `${cloud.resultsBucket}/${recordObject(jobId)}`;
  const records = reader.written.get(name)?.generations ?? 0;
  const record = await cloud.objects.readRecord(jobId, AbortSignal.timeout(10_000));
  if (record?.outcome !== 'succeeded') return { record, records, decoded: undefined };
  return { record, records, decoded: await decode(await downloadResult(cloud, record.result.uri)) };
}

/** All of its pixels, not just the header. */
async function decode(bytes: Buffer): Promise<Size | string> {
  try {
    const options = { failOn: 'warning', limitInputPixels: false } as const;
    const { info } = await sharp(bytes, options).raw().toBuffer({ resolveWithObject: true });
    return { widthPx: info.width, heightPx: info.height };
  } catch (error) {
    return String(error);
  }
}
