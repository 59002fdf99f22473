import type { ErrorCode, JobRecord } from '@imagen/contracts';
import { Breaker, type Probe } from '../../src/breaker.ts';
import { Consumer } from '../../src/consumer.ts';
import { JobError } from '../../src/errors.ts';
import { openObjects } from '../../src/gcp/objects.ts';
import { openEvents } from '../../src/gcp/publisher.ts';
import { openSubscription } from '../../src/gcp/subscription.ts';
import { MemoryBudget } from '../../src/memory-budget.ts';
import type { Inference } from '../../src/ports.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { decoders } from './decoders.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';
import { flatPicture, toPng } from './pictures.ts';

/** How a consumer is set up. Default: 4 slots, everything well. */
interface ConsumeOptions {
  readonly slots?: number;
  readonly triton?: Probe;
  readonly storage?: Probe;
}

/** A cloud of its own with one picture in it, and a consumer of comic jobs. */
export interface ConsumerBench extends AsyncDisposable {
  readonly cloud: LocalCloud;
  /** URI of the picture. */
  readonly source: string;
  /** The consumer's subscription; without back-off. */
  readonly subscription: string;
  /** Starts the consumer; `model` is the first thing a job asks of its inference port, and all. */
  consume(model: Inference['model'], options?: ConsumeOptions): Consumer;
  /** Publishes jobs with these ids, and waits for all to end. */
  runJobs(...jobIds: string[]): Promise<JobRecord[]>;
  /** The values of a metric. */
  counted(name: string): Promise<{ value: number; labels: object }[]>;
  /** Messages of the subscription that were acked. */
  acked(): number;
}

/** A model that fails with this code. */
export function failWith(code: ErrorCode): Inference['model'] {
  return async () => Promise.reject(new JobError(code, 'made up'));
}

const well: Probe = async () => Promise.resolve('well');

/** Opens one. */
export async function openConsumerBench(): Promise<ConsumerBench> {
  const cloud = await startLocalCloud();
  const picture = flatPicture({ widthPx: 8, heightPx: 8 });
  const source = await cloud.upload('flat.png', await toPng(picture));
  const subscription = await cloud.subscribeWithoutBackoff('comic');
  const metrics = createMetrics();
  let consumer: Consumer | undefined;
  return {
    cloud,
    source,
    subscription,
    consume(model, { slots = 4, triton = well, storage = well } = {}) {
      const tilesOf = (): never => {
        throw new Error('not reached');
      };
      consumer = new Consumer({
        operation: 'comic',
        subscription: openSubscription(cloud.subscriber, subscription),
        slots,
        ports: {
          objects: openObjects(cloud.storage, cloud.resultsBucket),
          events: openEvents(cloud.publisher, cloud.projectId),
          decoders,
          inference: { model, tilesOf },
          memory: new MemoryBudget(1e9),
        },
        breakers: {
          triton: new Breaker(triton, () => undefined),
          storage: new Breaker(storage, () => undefined),
        },
        log: createLogger('silent'),
        metrics,
      });
      void consumer.run();
      return consumer;
    },
    async runJobs(...jobIds) {
      await Promise.all(jobIds.map(async (jobId) => cloud.publish('comic', { jobId, source })));
      return Promise.all(jobIds.map(cloud.ended));
    },
    async counted(name) {
      const all = await metrics.registry.getMetricsAsJSON();
      return all.find((metric) => metric.name === name)?.values ?? [];
    },
    acked: () =>
      cloud.journal
        .filter(({ rpc, resource }) => rpc === 'Acknowledge' && resource === subscription)
        .flatMap(({ ackIds }) => ackIds).length,
    async [Symbol.asyncDispose]() {
      await consumer?.stop(0);
      await cloud[Symbol.asyncDispose]();
    },
  };
}
