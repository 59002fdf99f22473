import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { OPERATION_NAMES } from '@imagen/contracts';
import type { LocalCloud } from '../../packages/worker/test/support/local-cloud.ts';

const SAMPLES = new URL('../../samples/', import.meta.url);
/** Jobs of every operation come in rounds. */
const ROUND_MS = 8_000;
const ROUNDS = 21;
/** The round in which many come at once. */
const BURST = 7;
const BURST_SIZE = 5;
/** The round in which Cloud Storage fails, and for how long. */
const OUTAGE = 14;
const OUTAGE_MS = 12_000;
/** The round whose events cannot be published; after about 10 seconds its jobs are given back. */
const SILENCE = 17;
const SILENCE_MS = 16_000;

/**
 * Publishes jobs for about three minutes: a steady trickle with some bad sources, a burst, an outage of storage, one of
 * events.
 */
export async function runLoad(cloud: LocalCloud, say: (line: string) => void): Promise<void> {
  const sources = await uploadSamples(cloud);
  const text = await cloud.upload('text.jpg', Buffer.from('not a picture'));
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`);
    const copies = round === BURST ? BURST_SIZE : 1;
    for (let copy = 0; copy < copies; copy++) {
      const source = sources[(round + copy) % sources.length]!;
      await publishRound(cloud, `${round}-${copy}`, source);
    }
    if (round % 4 === 1) await cloud.publish('comic', { jobId: `text-${round}`, source: text });
    if (round % 5 === 2) {
      const source = 'gs://test-sources/none.jpg';
      await cloud.publish('aged', { jobId: `missing-${round}`, source });
      await cloud.publishRaw('upscale', 'hello');
    }
    if (round === OUTAGE) await breakStorage(cloud);
    if (round === SILENCE) await breakEvents(cloud);
    await delay(ROUND_MS);
  }
}

async function uploadSamples(cloud: LocalCloud): Promise<string[]> {
  const files = (await readdir(SAMPLES)).filter((file) => file.endsWith('.jpg'));
  return Promise.all(
    files.map(async (file) => cloud.upload(file, await readFile(new URL(file, SAMPLES)))),
  );
}

async function publishRound(cloud: LocalCloud, name: string, source: string): Promise<void> {
  for (const operation of OPERATION_NAMES) {
    await cloud.publish(operation, { jobId: `${operation}-${name}`, source });
  }
}

async function breakStorage({ storageFaults }: LocalCloud): Promise<void> {
  const faults = (['upload', 'download', 'metadata', 'other'] as const).map((on) =>
    storageFaults.add({ on, effect: { kind: 'status', status: 503 } }),
  );
  await delay(OUTAGE_MS);
  for (const fault of faults) fault.remove();
}

async function breakEvents({ pubsubFaults }: LocalCloud): Promise<void> {
  const fault = pubsubFaults.add({ on: 'Publish', effect: { kind: 'unavailable' } });
  await delay(SILENCE_MS);
  fault.remove();
}
