import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { makePictures } from './baselines/pictures.ts';
import { type Figure, figuresOf, type Measured, median, quantile } from './figure.ts';
import { type BenchJob, nextRecord, publish } from './job-run.ts';
import { comicWorkers, type Fleet, Rig, type SectionOptions, sourceUri } from './rig.ts';
import { simulated } from './simulated-repository.ts';

const PAUSE_MS = 100;
const SMALL = 'small.jpg';
const LARGE = 'large.jpg';
const LARGE_PX = [8_640, 5_760] as const;
/** Jobs of 50 megapixels: all slots of two workers but one each. */
const FLOOD_JOBS = 6;
/** Until a flood is at work. */
const FLOOD_BEGINS_MS = 6_000;

/** What a small job took. */
interface Timed {
  /** From publishing it to its event. */
  readonly totalMs: number;
  /** Of that, neither reading the source nor inference nor writing the result. */
  readonly beyondMs: number;
}

/** A small job alone: what of its time is ours. */
export async function measureIdleLatency(options: SectionOptions): Promise<Figure[]> {
  await using rig = await Rig.open(
    simulated({ baseMs: 0, perTileMs: 0, isShared: false }),
    options,
  );
  const sources = new Map([[SMALL, await smallPicture()]]);
  const fleet = await rig.fleet({ operations: comicWorkers(1), sources }, options.signal);
  const rounds: Measured[][] = [];
  while (rounds.length < (options.isQuick ? 1 : 5)) {
    const timed = await timeSmallJobs(fleet, `idle-${rounds.length}`, 20);
    rounds.push([
      {
        what: 'one small job alone: beyond source read + inference + result write',
        unit: 'ms',
        value: median(timed.map(({ beyondMs }) => beyondMs)),
        floor: '5 requests to Pub/Sub and storage, a decode and an encode',
        goal: { atMost: 25 },
      },
      {
        what: 'one small job alone: publish → event',
        unit: 'ms',
        value: median(timed.map(({ totalMs }) => totalMs)),
        floor: 'the above, and what it leaves out',
      },
    ]);
  }
  return figuresOf(rounds);
}

/**
 * Small jobs while 50-megapixel jobs flood the fleet: once in the same workers, and once in others that share only the GPU
 * with them. Their ratio is what large jobs keep small ones waiting for in a worker, beyond their share of the GPU.
 */
export async function measureFloodLatency(options: SectionOptions): Promise<Figure[]> {
  const rounds: Measured[][] = [];
  while (rounds.length < (options.isQuick ? 1 : 3)) {
    options.say(`latency: round ${rounds.length + 1}`);
    rounds.push(await measureFlood(options));
  }
  return figuresOf(rounds);
}

async function measureFlood(options: SectionOptions): Promise<Measured[]> {
  await using rig = await Rig.open(
    simulated({ baseMs: 20, perTileMs: 10, isShared: true }),
    options,
  );
  const sources = new Map([
    [SMALL, await smallPicture()],
    [LARGE, await largePicture()],
  ]);
  const workers = { operations: comicWorkers(2), sources };
  const [quiet, flooded] = [
    await rig.fleet(workers, options.signal),
    await rig.fleet(workers, options.signal),
  ];
  const count = options.isQuick ? 10 : 30;
  const idle = await timeSmallJobs(quiet, 'idle', count);
  await publish(flooded.local, floodOf(flooded));
  await delay(FLOOD_BEGINS_MS, undefined, { signal: options.signal });
  const [elsewhere, here] = [
    await timeSmallJobs(quiet, 'elsewhere', count),
    await timeSmallJobs(flooded, 'here', count),
  ];
  const floor = 'the same job where the flood is in other workers';
  const [idleMs, elsewhereMs, hereMs] = [idle, elsewhere, here].map(p99) as [
    number,
    number,
    number,
  ];
  const rest = { unit: 'ms', floor: 'context' };
  return [
    {
      what: 'p99 of small jobs, flood in the same workers ÷ in others',
      unit: '',
      value: hereMs / elsewhereMs,
      floor,
      goal: { atMost: 3 },
    },
    { what: 'p99 of small jobs, idle', value: idleMs, ...rest },
    { what: 'p99 of small jobs, flood in other workers', value: elsewhereMs, ...rest },
    { what: 'p99 of small jobs, flood in the same workers', value: hereMs, ...rest },
  ];
}

function floodOf({ local }: Fleet): BenchJob[] {
  const source = sourceUri(local, LARGE);
  return Array.from({ length: FLOOD_JOBS }, (_, n) => {
    return { operation: 'comic', jobId: `flood-${n}`, source, params: {} };
  });
}

/** One after the other. Events of other jobs are passed over. */
async function timeSmallJobs({ local }: Fleet, prefix: string, count: number): Promise<Timed[]> {
  const timed: Timed[] = [];
  while (timed.length < count) {
    const jobId = `${prefix}-${timed.length}`;
    const source = sourceUri(local, SMALL);
    const startMs = performance.now();
    await publish(local, [{ operation: 'comic', jobId, source, params: {} }]);
    let record = await nextRecord(local);
    while (record.jobId !== jobId) record = await nextRecord(local);
    const totalMs = performance.now() - startMs;
    const { read = 0, infer = 0, write = 0 } = record.receipt.stagesMs;
    timed.push({ totalMs, beyondMs: totalMs - read - infer - write });
    await delay(PAUSE_MS);
  }
  return timed;
}

function p99(timed: readonly Timed[]): number {
  return quantile(
    timed.map(({ totalMs }) => totalMs),
    0.99,
  );
}

async function smallPicture(): Promise<Uint8Array> {
  const [picture] = await makePictures(1);
  return picture!.bytes;
}

async function largePicture(): Promise<Uint8Array> {
  const photo = new URL('../samples/coffee.jpg', import.meta.url);
  return sharp(photo.pathname)
    .resize(...LARGE_PX, { fit: 'fill' })
    .jpeg()
    .toBuffer();
}
