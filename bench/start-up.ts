import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { jobTopic, OPERATION_NAMES, topicPath } from '@imagen/contracts';
import type { LocalCloud } from '../chaos/local-cloud.ts';
import { startWorkerProcess } from '../packages/worker/test/support/worker-process.ts';
import { processTree } from '../test/support/process-tree.ts';
import { type Figure, figuresOf, type Measured } from './figure.ts';
import { Rig, type SectionOptions } from './rig.ts';
import { simulated } from './simulated-repository.ts';

const POLL_MS = 5;
/** A worker that has nothing to do has settled by then. */
const SETTLE_MS = 3_000;

/** How soon a worker asks for jobs, and what it weighs while it has none. */
export async function measureStartUp(options: SectionOptions): Promise<Figure[]> {
  await using rig = await Rig.open(
    simulated({ baseMs: 0, perTileMs: 0, isShared: false }),
    options,
  );
  const rounds: Measured[][] = [];
  while (rounds.length < (options.isQuick ? 2 : 7)) {
    for (const operations of ['comic', OPERATION_NAMES.join()]) {
      rounds.push(await startOne(await rig.cloud(new Map()), operations));
    }
  }
  return figuresOf(rounds);
}

async function startOne(local: LocalCloud, operations: string): Promise<Measured[]> {
  const name = operations.includes(',') ? 'all operations' : '1 operation';
  const { cloud, pubsub, environment } = local;
  // Names no job: it is thrown away, and ends the first Pull.
  const messages = [{ data: Buffer.from('{}') }];
  await cloud.publisher.publish({ topic: topicPath(cloud.projectId, jobTopic('comic')), messages });
  const startMs = Date.now();
  await using worker = await startWorkerProcess({ ...environment, IMAGEN_OPERATIONS: operations });
  const isPull = ({ rpc }: { rpc: string }): boolean => rpc === 'Pull';
  while (!pubsub.journal.some(isPull)) await delay(POLL_MS);
  const firstPullMs = pubsub.journal.find(isPull)!.atMs - startMs;
  await delay(SETTLE_MS);
  const pids = await processTree(worker.pid);
  const residentMb = await Promise.all(pids.map(residentMegabytes));
  return [
    {
      what: `${name}: process start → first Pull`,
      unit: 's',
      value: firstPullMs / 1000,
      floor: '0.04 s: node itself',
      goal: { atMost: 0.7 },
    },
    {
      what: `${name}: resident memory, idle`,
      unit: 'MB',
      value: residentMb.reduce((sum, each) => sum + each, 0),
      floor: '45 MB: node itself',
      goal: { atMost: 120 },
    },
  ];
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
