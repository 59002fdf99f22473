import process from 'node:process';
import { subscriptionPath, workerSubscription } from '@imagen/contracts';
import { type Config, readConfig } from './config.ts';
import { Consumer } from './consumer.ts';
import { createClients } from './gcp/clients.ts';
import { openObjects } from './gcp/objects.ts';
import { openEvents } from './gcp/publisher.ts';
import { openSubscription } from './gcp/subscription.ts';
import { openInference } from './inference.ts';
import { OPERATIONS } from './operations/index.ts';
import { startHttpServer } from './telemetry/http-server.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';

/** A consumer without any progress for this long is stuck; a job may take 120 s and a Pull 90 s. */
const STUCK_MS = 300_000;
/** What running jobs get to finish after a signal: a Spot node leaves 25 s for everything. */
const DRAIN_MS = 15_000;

/** Wires a worker and runs it until a signal, then drains. Resolves with the exit code. */
async function work(config: Config, log: Logger): Promise<number> {
  const metrics = createMetrics();
  const clients = createClients(config);
  const inference = openInference(config.tritonAddress, config.tilesInFlight, metrics);
  const objects = openObjects(clients.storage, config.resultsBucket);
  const ports = { objects, inference, events: openEvents(clients.publisher, config.projectId) };

  const consumers = config.operations.map((operation) => {
    const name = subscriptionPath(config.projectId, workerSubscription(operation));
    const subscription = openSubscription(clients.subscriber, name);
    const ready = async (): Promise<boolean> => inference.ready(OPERATIONS[operation].models);
    const { slots } = config;
    return new Consumer({ operation, subscription, slots, ports, ready, log, metrics });
  });
  const models = config.operations.flatMap((operation) => OPERATIONS[operation].models);
  const http = await startHttpServer(config.port, metrics.registry, {
    live: () =>
      Object.fromEntries(consumers.map((consumer) => [consumer.operation, stuck(consumer)])),
    ready: async () => ({
      triton: (await inference.ready(models)) ? null : 'not every model is ready',
      subscriptions: consumers.every(({ isPulling }) => isPulling) ? null : 'not pulling',
      storage: await objects.problem(),
    }),
  });
  log.info({ port: http.port, operations: config.operations }, 'worker started');

  const stopped = stopRequested(log).then(() => 0);
  const failed = Promise.all(consumers.map(async (consumer) => consumer.run())).then(
    () => 0,
    (error: unknown) => {
      log.fatal({ err: error }, 'cannot go on');
      return 1;
    },
  );
  const exitCode = await Promise.race([stopped, failed]);
  await Promise.all(consumers.map(async (consumer) => consumer.stop(DRAIN_MS)));
  http.close();
  inference.close();
  await clients.close();
  return exitCode;
}

function stuck({ idleMs }: Consumer): string | null {
  return idleMs > STUCK_MS ? `no progress for ${Math.round(idleMs / 1000)} s` : null;
}

/** Resolves at the first SIGTERM or SIGINT, or when the parent that started us with an IPC channel is gone. */
async function stopRequested(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    const stop = (reason: string): void => {
      log.info({ reason }, 'stopping');
      // A second signal does not wait.
      for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(130));
      resolve();
    };
    process
      .once('SIGTERM', stop)
      .once('SIGINT', stop)
      .once('disconnect', () => stop('disconnect'));
  });
}

const config = readConfig();
const log = createLogger(config.logLevel);
process.exit(await work(config, log));
