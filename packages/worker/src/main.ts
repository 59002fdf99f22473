import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import {
  finaliserSubscription,
  type OperationName,
  subscriptionPath,
  workerSubscription,
} from '@imagen/contracts';
import { Breaker, type Condition } from './breaker.ts';
import { type Config, readConfig } from './config.ts';
import { Consumer } from './consumer.ts';
import { openDecoders } from './decoding/decoders.ts';
import type { Dependency } from './errors.ts';
import { Finaliser } from './finaliser.ts';
import { type CloudClients, createClients } from './gcp/clients.ts';
import { counted } from './gcp/counted.ts';
import { openObjects, type StoredObjects } from './gcp/objects.ts';
import { openEvents } from './gcp/publisher.ts';
import { openSubscription, type Subscription } from './gcp/subscription.ts';
import { openInference, type TritonInference } from './inference.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OPERATIONS } from './operations/index.ts';
import { type HealthChecks, startHttpServer } from './telemetry/http-server.ts';
import type { Objects, Ports } from './ports.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics, startAtZero } from './telemetry/metrics.ts';

/** A consumer without any progress for this long is stuck; a job may take 120 s and a Pull 90 s. */
const STUCK_MS = 300_000;
/** What running jobs get to finish after a signal: a Spot node leaves 25 s for everything. */
const DRAIN_MS = 15_000;

// V8 must count what lies outside of its heap as part of it: otherwise each 12-megapixel picture makes it collect all of its
// garbage, which costs a third of the CPU of such a job.
setFlagsFromString('--external-memory-accounted-in-global-limit');

/** Wires a worker and runs it until a signal, then drains. Resolves with the exit code. */
async function work(config: Config, log: Logger): Promise<number> {
  // First of all: a signal may come while the rest is made.
  const stopped = stopRequested(log).then(() => 0);
  const metrics = createMetrics();
  const clients = createClients(config);
  const inference = openInference(config.tritonAddress, metrics);
  const { problem, ...calls } = openObjects(clients.storage, config.resultsBucket);
  const objects = { ...counted<Objects>(calls, 'storage', metrics), problem };
  const decoders = openDecoders();
  const ports = {
    objects,
    decoders,
    inference,
    events: counted(openEvents(clients.publisher, config.projectId), 'pubsub', metrics),
    memory: new MemoryBudget(config.memoryBytes),
  };

  const shared = { config, clients, inference, objects, ports, log, metrics };
  const consumers = config.operations.map((operation) => openConsumer(operation, shared));
  const finalisers = config.operations.map((operation) => {
    const subscription = subscribe(finaliserSubscription(operation), shared);
    return new Finaliser({ operation, subscription, ports, log, metrics });
  });
  const http = await startHttpServer(config.port, metrics.registry, healthOf(consumers, shared));
  log.info({ port: http.port, operations: config.operations }, 'worker started');

  for (const finaliser of finalisers) finaliser.start();
  const failed = Promise.all(consumers.map(async (consumer) => consumer.run())).then(
    () => 0,
    (error: unknown) => {
      log.fatal({ err: error }, 'cannot go on');
      return 1;
    },
  );
  const exitCode = await Promise.race([stopped, failed]);
  const stopping = finalisers.map(async (finaliser) => finaliser.stop());
  await Promise.all([...stopping, ...consumers.map(async (consumer) => consumer.stop(DRAIN_MS))]);
  http.close();
  inference.close();
  decoders.close();
  await clients.close();
  return exitCode;
}

interface Shared {
  readonly config: Config;
  readonly clients: CloudClients;
  readonly inference: TritonInference;
  readonly objects: StoredObjects;
  readonly ports: Ports;
  readonly log: Logger;
  readonly metrics: Metrics;
}

function openConsumer(operation: OperationName, shared: Shared): Consumer {
  const { inference, objects, ports, log, metrics } = shared;
  const { slots } = shared.config;
  const { models } = OPERATIONS[operation];
  const modelNames = models.map(({ modelName }) => modelName);
  startAtZero(metrics, operation, modelNames);
  metrics.slots.set({ operation }, slots);
  const subscription = subscribe(workerSubscription(operation), shared);
  const breakers = {
    storage: new Breaker(
      async () => storageCondition(objects),
      observer(operation, 'storage', shared),
    ),
    triton: new Breaker(async () => inference.probe(models), observer(operation, 'triton', shared)),
  };
  return new Consumer({ operation, subscription, slots, breakers, ports, log, metrics });
}

function subscribe(name: string, { config, clients, metrics }: Shared): Subscription {
  const path = subscriptionPath(config.projectId, name);
  return counted(openSubscription(clients.subscriber, path), 'pubsub', metrics);
}

function healthOf(
  consumers: readonly Consumer[],
  { config, inference, objects }: Shared,
): HealthChecks {
  const models = config.operations.flatMap((operation) => OPERATIONS[operation].models);
  return {
    live: () =>
      Object.fromEntries(consumers.map((consumer) => [consumer.operation, stuck(consumer)])),
    ready: async () => ({
      triton: (await inference.ready(models)) ? null : 'not every model is ready',
      subscriptions: consumers.every(({ isPulling }) => isPulling) ? null : 'not pulling',
      storage: await objects.problem(),
    }),
  };
}

async function storageCondition(objects: StoredObjects): Promise<Condition> {
  return (await objects.problem()) === null ? 'well' : 'failing';
}

/** Tells people and dashboards how a dependency of an operation is. */
function observer(
  operation: OperationName,
  dependency: Dependency,
  { log, metrics }: Pick<Shared, 'log' | 'metrics'>,
): (condition: Condition) => void {
  metrics.breakerOpen.set({ operation, dependency }, 1);
  return (condition) => {
    metrics.breakerOpen.set({ operation, dependency }, condition === 'well' ? 0 : 1);
    log.info({ operation, dependency, condition }, 'dependency changed');
  };
}

function stuck({ idleMs }: Consumer): string | null {
  return idleMs > STUCK_MS ? `no progress for ${Math.round(idleMs / 1000)} s` : null;
}

/** Resolves at the first SIGTERM or SIGINT, or when the parent that started us with an IPC channel is gone. */
async function stopRequested(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const stop = (reason: string): void => {
      // A second signal does not wait; it may follow at once.
      for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(130));
      log.info({ reason }, 'stopping');
      resolve();
    };
    process
      .once('SIGTERM', stop)
      .once('SIGINT', stop)
      .once('disconnect', () => stop('disconnect'));
  });
}

/** Runs a worker with the settings of the environment. Whoever gave wrong ones reads which, without a stack. */
async function main(): Promise<number> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    process.stderr.write(`imagen-worker: ${(error as Error).message}\n`);
    return 2;
  }
  return work(config, createLogger(config.logLevel));
}

process.exit(await main());
