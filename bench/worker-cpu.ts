import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type OperationName, type OutputFormat, resultObject } from '@imagen/contracts';
import sharp from 'sharp';
import { downloadResult } from '../packages/cli/src/jobs.ts';
import {
  startWorkerProcess,
  type WorkerProcess,
} from '../packages/worker/test/support/worker-process.ts';
import { cpuSecondsOfTree } from './baselines/cpu-time.ts';
import { type Figure, figuresOf, type Measured } from './figure.ts';
import { type BenchJob, runJobs } from './job-run.ts';
import { Rig, type SectionOptions, sourceUri } from './rig.ts';
import { simulated } from './simulated-repository.ts';
import type { LocalCloud } from '../chaos/local-cloud.ts';

const FLOOR = fileURLToPath(new URL('codec-floor.ts', import.meta.url));
/** The real matte: what it costs to refine one depends on what is in it. */
const GPU = { baseMs: 0, perTileMs: 0, isShared: false, real: ['background_remove'] };
/** As many as a worker has at a time. */
const JOBS = 4;
const FLOOR_TIMES = 3;
/** prom-client looks at the loop every 10 ms, and counts those as well. */
const LOOK_MS = 10;

/** A kind of job whose CPU time is compared with that of its codecs. */
interface Case {
  readonly name: string;
  readonly operation: OperationName;
  readonly sizePx: readonly [width: number, height: number];
  readonly format: OutputFormat;
  readonly goalRatio: number;
}

const TWELVE_MP = [4_000, 3_000] as const;
const CASES: readonly Case[] = [
  { name: 'comic 12 MP', operation: 'comic', sizePx: TWELVE_MP, format: 'jpeg', goalRatio: 1.15 },
  {
    name: 'bg-remove 12 MP',
    operation: 'bg-remove',
    sizePx: TWELVE_MP,
    format: 'png',
    goalRatio: 1.15,
  },
  {
    name: 'upscale ×4 1 MP',
    operation: 'upscale',
    sizePx: [1_024, 1_024],
    format: 'jpeg',
    goalRatio: 1.5,
  },
];

/** CPU seconds of a whole worker, its decoders included, per job ÷ decoding and encoding the same files by sharp alone. */
export async function measureWorkerCpu(options: SectionOptions): Promise<Figure[]> {
  const { isQuick, say, signal } = options;
  await using rig = await Rig.open(simulated(GPU), options);
  const sources = new Map<string, Uint8Array>();
  for (const { name, sizePx } of CASES) sources.set(sourceName(name), await makeSource(sizePx));
  const local = await rig.cloud(sources);
  const operations = CASES.map(({ operation }) => operation).join();
  const environment = {
    ...local.environment,
    IMAGEN_OPERATIONS: operations,
    IMAGEN_LOG_LEVEL: 'info',
  };
  await using worker = await startWorkerProcess(environment);
  for (const each of CASES) await doJobs(local, each, { prefix: 'warm', signal });
  const rounds: Measured[][] = [];
  while (rounds.length < (isQuick ? 1 : 5)) {
    say(`cpu: round ${rounds.length + 1}`);
    const round: Measured[] = [];
    for (const each of CASES) {
      const run = { prefix: `round-${rounds.length}`, signal };
      const floorMs = await codecFloorMs(local, each, sources.get(sourceName(each.name))!);
      round.push(...(await measureCase(each, { local, worker, run, floorMs })));
    }
    rounds.push(round);
  }
  return figuresOf(rounds);
}

const sourceName = (name: string): string => `${name}.jpg`.replaceAll(' ', '-');

async function makeSource(sizePx: readonly [number, number]): Promise<Uint8Array> {
  const photo = fileURLToPath(new URL('../samples/chelsea.jpg', import.meta.url));
  return sharp(photo)
    .resize(...sizePx)
    .jpeg({ quality: 90 })
    .toBuffer();
}

interface Run {
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Returns how many tiles each had. */
async function doJobs(local: LocalCloud, each: Case, { prefix, signal }: Run): Promise<number> {
  const source = sourceUri(local, sourceName(each.name));
  const jobs = Array.from({ length: JOBS }, (_, n): BenchJob => {
    const jobId = `${prefix}-${each.operation}-${n}`;
    return {
      operation: each.operation,
      jobId,
      source,
      params: {},
      output: { format: each.format },
    };
  });
  const [record] = await runJobs(local, jobs, { signal });
  return record!.receipt.tiles;
}

async function measureCase(
  { ...each }: Case,
  {
    local,
    worker,
    run,
    floorMs,
  }: { local: LocalCloud; worker: WorkerProcess; run: Run; floorMs: number },
): Promise<Measured[]> {
  const before = await countsOf(worker);
  const tiles = await doJobs(local, each, run);
  const after = await countsOf(worker);
  const perJobMs = (key: keyof Counts): number => ((after[key] - before[key]) * 1000) / JOBS;
  const stages = STAGES.map((stage): Measured => {
    return {
      what: `${each.name}: ${stage}`,
      unit: 'ms of time',
      value: perJobMs(stage),
      floor: '4 jobs at a time',
    };
  });
  return [
    {
      what: `${each.name}: CPU ÷ codec floor`,
      unit: '',
      value: perJobMs('cpuS') / floorMs,
      floor: 'decode + encode of the same files by sharp alone, same options',
      goal: { atMost: each.goalRatio },
    },
    {
      what: `${each.name}: CPU`,
      unit: 'ms',
      value: perJobMs('cpuS'),
      floor: `${floorMs.toFixed(0)} ms; ${tiles} tiles`,
    },
    { what: `${each.name}: garbage collection`, unit: 'ms', value: perJobMs('gcS'), floor: '0' },
    {
      what: `${each.name}: event loop blocked, at most`,
      unit: 'ms',
      value: Math.max(0, after.loopMaxS * 1000 - LOOK_MS),
      floor: '0',
      goal: { atMost: 20 },
    },
    ...stages,
  ];
}

const STAGES = ['read', 'decode', 'infer', 'finish', 'encode', 'write'] as const;

type Counts = Record<(typeof STAGES)[number] | 'cpuS' | 'gcS' | 'loopMaxS', number>;

/** Its own counters, and what the kernel has counted. Asking for them begins a new maximum of the event loop's. */
async function countsOf({ url, pid }: WorkerProcess): Promise<Counts> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const sum = (fits: RegExp): number =>
    lines
      .filter((line) => fits.test(line))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const stages = STAGES.map((stage) => {
    return [
      stage,
      sum(new RegExp(`^imagen_stage_duration_seconds_sum.*stage="${stage}"`)),
    ] as const;
  });
  return {
    ...(Object.fromEntries(stages) as Record<(typeof STAGES)[number], number>),
    cpuS: await cpuSecondsOfTree(pid),
    gcS: sum(/^nodejs_gc_duration_seconds_sum/),
    loopMaxS: sum(/^nodejs_eventloop_lag_max_seconds/),
  };
}

/** In a process of its own, with a result that the worker made while it got warm. */
async function codecFloorMs(
  { cloud }: LocalCloud,
  { operation, format }: Case,
  source: Uint8Array,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'imagen-floor-'));
  try {
    const object = resultObject(operation, `warm-${operation}-0`, format);
    const result = await downloadResult(cloud, `gs://${cloud.resultsBucket}/${object}`);
    const files = [join(folder, 'source'), join(folder, 'result')] as const;
    await Promise.all([writeFile(files[0], source), writeFile(files[1], result)]);
    const args = [...process.execArgv, FLOOR, ...files, format, `${JOBS}`, `${FLOOR_TIMES}`];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}
