import { startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage } from '@imagen/local-stack/storage';
import { provision } from '@imagen/worker';
import { type Cloud, connectCloud } from './cloud.ts';

/** A Pub/Sub and a Cloud Storage in this process, with everything imagen needs in them. What they hold ends with them. */
export interface LocalCloud extends AsyncDisposable {
  readonly cloud: Cloud;
  /** What any official client needs to reach this cloud. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a local cloud listens. */
export interface LocalCloudAddress {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly pubsubPort?: number;
  /** Default: a free one. */
  readonly storagePort?: number;
}

/** Starts an empty cloud and provisions it. Rejects when a port cannot be bound; nothing stays behind then. */
export async function startLocalCloud(address: LocalCloudAddress = {}): Promise<LocalCloud> {
  const { host = '127.0.0.1', pubsubPort = 0, storagePort = 0 } = address;
  await using starting = new AsyncDisposableStack();
  const pubsub = starting.use(await startPubSub({ host, port: pubsubPort }));
  const storage = starting.use(await startStorage({ host, port: storagePort }));
  const environment = {
    GOOGLE_CLOUD_PROJECT: 'imagen-local',
    IMAGEN_SOURCES_BUCKET: 'imagen-sources',
    IMAGEN_RESULTS_BUCKET: 'imagen-results',
    PUBSUB_EMULATOR_HOST: pubsub.address,
    STORAGE_EMULATOR_HOST: storage.url,
  };
  const cloud = connectCloud(environment);
  starting.defer(async () => cloud.close());
  await provision(cloud, cloud.projectId, [cloud.sourcesBucket, cloud.resultsBucket]);
  const running = starting.move();
  return { cloud, environment, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}
