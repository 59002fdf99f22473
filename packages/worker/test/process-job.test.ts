import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobInput, OperationName } from '@imagen/contracts';
import { openObjects } from '../src/gcp/objects.ts';
import { openEvents } from '../src/gcp/publisher.ts';
import { decode } from '../src/image/decode.ts';
import type { Delivery } from '../src/parse-job.ts';
import type { Ports } from '../src/ports.ts';
import { processJob, recordFailure } from '../src/process-job.ts';
import { JobError } from '../src/errors.ts';
import { MemoryBudget } from '../src/memory-budget.ts';
import { decoders } from './support/decoders.ts';
import { type LocalCloud, startLocalCloud } from './support/local-cloud.ts';
import { claimingSize, gradientPicture, toPng, withAlpha } from './support/pictures.ts';
import { resultOf } from './support/records.ts';
import { answering, identity, inferenceOf } from './support/tile-models.ts';

const FACTS = { tilePx: 16, haloPx: 2, originAlignPx: 1, scale: 1 };
const size = { widthPx: 40, heightPx: 24 };
const { signal } = new AbortController();
let cloud: LocalCloud;
let source: string;
let transparent: string;

beforeAll(async () => {
  cloud = await startLocalCloud();
  const picture = gradientPicture(size);
  source = await cloud.upload('opaque.png', await toPng(picture));
  transparent = await cloud.upload('soft.png', await toPng(withAlpha(picture, (x) => 6 * x)));
});
afterAll(async () => cloud[Symbol.asyncDispose]());

/** Ports to the local cloud and to a model that gives tiles back as they are; `requests` are the tiles it got. */
function openPorts(differences: Partial<Ports> = {}): Ports & { requests: unknown[] } {
  const { infer, requests } = answering(FACTS, identity);
  return {
    objects: openObjects(cloud.storage, cloud.resultsBucket),
    events: openEvents(cloud.publisher, cloud.projectId),
    decoders,
    inference: inferenceOf(FACTS, infer),
    memory: new MemoryBudget(1e9),
    requests,
    ...differences,
  };
}

function deliver(job: JobInput, operation: OperationName = 'comic'): Delivery {
  return {
    operation,
    messageId: '1',
    data: Buffer.from(JSON.stringify(job)),
    attributes: { jobId: job.jobId },
    publishedAt: new Date(),
    receivedAtMs: performance.now(),
    deliveryAttempt: 1,
  };
}

describe('a job', () => {
  it('ends with a record of what was done, with what and for how long', async () => {
    const record = await processJob(deliver({ jobId: 'full', source }), openPorts(), signal);
    expect(record).toMatchObject({
      outcome: 'succeeded',
      params: { levels: 7 },
      input: { uri: source, ...size, format: 'png' },
      result: { ...size, format: 'jpeg' },
      receipt: { modelName: 'style_comic', modelVersion: '7', tiles: 6 },
    });
    expect(await cloud.record('full')).toEqual(record);
    expect(await cloud.ended('full')).toEqual(record);
  });

  it('keeps its transparency', async () => {
    const job = { jobId: 'soft', source: transparent };
    const record = await processJob(deliver(job), openPorts(), signal);
    const before = await decode(await toPng(withAlpha(gradientPicture(size), (x) => 6 * x)));
    const after = await decode(await cloud.result(resultOf(record).uri));
    expect(after.picture.alpha).toEqual(before.picture.alpha);
    expect(resultOf(record).format).toBe('png');
  });

  it('is written in the format and quality it asks for', async () => {
    const output = { format: 'webp', quality: 40 } as const;
    const record = await processJob(
      deliver({ jobId: 'webp', source, output }),
      openPorts(),
      signal,
    );
    expect((await decode(await cloud.result(resultOf(record).uri))).format).toBe('webp');
  });

  it('that is delivered again costs no inference and changes nothing', async () => {
    const delivery = deliver({ jobId: 'twice', source });
    const first = await processJob(delivery, openPorts(), signal);
    const ports = openPorts();
    expect(await processJob(delivery, ports, signal)).toEqual(first);
    expect(ports.requests).toEqual([]);
  });

  it('whose worker died between result and record is finished by the next one', async () => {
    const delivery = deliver({ jobId: 'died', source });
    const objects = openObjects(cloud.storage, cloud.resultsBucket);
    const createRecord = async (): Promise<never> => Promise.reject(new Error('died'));
    const dying = openPorts({ objects: { ...objects, createRecord } });
    await expect(processJob(delivery, dying, signal)).rejects.toThrow('died');
    const record = await processJob(delivery, openPorts(), signal);
    expect(await cloud.record('died')).toEqual(record);
  });

  it('whose worker died between record and event is announced by the next one', async () => {
    const delivery = deliver({ jobId: 'unsaid', source });
    const publish = async (): Promise<never> => Promise.reject(new Error('died'));
    const dying = openPorts({ events: { publish } });
    await expect(processJob(delivery, dying, signal)).rejects.toThrow('died');
    const record = await processJob(delivery, openPorts(), signal);
    expect(await cloud.ended('unsaid')).toEqual(record);
  });

  it.each([
    ['upscale', {}, { widthPx: 2501, heightPx: 2500 }],
    ['upscale', { format: 'webp' }, { widthPx: 4100, heightPx: 10 }],
    ['comic', { format: 'avif' }, { widthPx: 7000, heightPx: 5000 }],
  ] as const)('%s %j whose result cannot be is refused before decoding', async (...job) => {
    const [operation, output, claimed] = job;
    const uri = await cloud.upload('claim.png', await claimingSize(claimed));
    const delivery = deliver({ jobId: `claim-${claimed.widthPx}`, source: uri, output }, operation);
    await expect(processJob(delivery, openPorts(), signal)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    });
  });

  it('with bad params downloads nothing', async () => {
    const delivery = deliver({ jobId: 'bad', source: 'gs://none/none', params: { levels: 0 } });
    await expect(processJob(delivery, openPorts(), signal)).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
    });
  });

  it('that is aborted writes nothing', async () => {
    const stopping = new AbortController();
    const objects = openObjects(cloud.storage, cloud.resultsBucket);
    const readSource: typeof objects.readSource = async (...args) => {
      stopping.abort(new JobError('SHUTTING_DOWN', 'stop'));
      return objects.readSource(...args);
    };
    const ports = openPorts({ objects: { ...objects, readSource } });
    const delivery = deliver({ jobId: 'aborted', source });
    await expect(processJob(delivery, ports, stopping.signal)).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    expect(await objects.readRecord('aborted', signal)).toBeUndefined();
  });
});

it('a failure is written down with its code and announced', async () => {
  const delivery = deliver({ jobId: 'failed', source });
  const failure = new JobError('SOURCE_NOT_FOUND', 'gs://a/b does not exist');
  const record = await recordFailure(delivery, 'failed', failure, { ...openPorts(), signal });
  expect(await cloud.ended('failed')).toEqual(record);
  expect(await processJob(delivery, openPorts(), signal)).toEqual(record);
});

describe('another message with the jobId of a job that has a record', () => {
  it.each([
    ['other params', 'comic', { levels: 9 }],
    ['another operation', 'aged', {}],
  ] as const)('%s: JOB_CONFLICT, and the record stays', async (what, operation, params) => {
    const jobId = `conflict-${operation}`;
    const first = await processJob(deliver({ jobId, source }), openPorts(), signal);
    const second = deliver({ jobId, source, params }, operation);
    const conflict = expect.objectContaining({ code: 'JOB_CONFLICT' });
    await expect(processJob(second, openPorts(), signal)).rejects.toThrow(conflict);
    const failure = new JobError('INTERNAL', what);
    const recorded = recordFailure(second, jobId, failure, { ...openPorts(), signal });
    await expect(recorded).rejects.toThrow(conflict);
    expect(await cloud.record(jobId)).toEqual(first);
  });
});
