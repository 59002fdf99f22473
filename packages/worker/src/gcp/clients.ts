import { EventEmitter } from 'node:events';
import { v1 } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { credentials } from '@grpc/grpc-js';
import { GoogleAuth, PassThroughClient } from 'google-auth-library';

/** Where Pub/Sub and Cloud Storage are. */
export interface CloudTarget {
  readonly projectId: string;
  /** `host:port` of a local Pub/Sub; absent: Google's. */
  readonly pubsubEmulatorHost?: string | undefined;
  /** `http://host:port` of a local Cloud Storage; absent: Google's. */
  readonly storageEmulatorHost?: string | undefined;
}

/** One client of each kind per process. Close ends the gRPC channels. */
export interface CloudClients {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly storage: Storage;
  close(): Promise<void>;
}

/** Creates the clients; nothing is sent yet. */
export function createClients(target: CloudTarget): CloudClients {
  // The storage library puts 11 listeners on one stream of a download: no leak, but Node's alarm is at 10.
  EventEmitter.defaultMaxListeners = 20;
  const options = { projectId: target.projectId, ...pubsubOptions(target.pubsubEmulatorHost) };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const { storageEmulatorHost } = target;
  const storage = new Storage({
    projectId: target.projectId,
    ...(storageEmulatorHost === undefined ? {} : { apiEndpoint: storageEmulatorHost }),
    // A download that the library retries after a 503 crashes Node 24, and its retries stack on ours.
    retryOptions: { autoRetry: false },
  });
  return {
    publisher,
    subscriber,
    storage,
    async close() {
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  };
}

function pubsubOptions(emulatorHost: string | undefined): object {
  // Pub/Sub's front end allows these pings; the default back-off would wait up to 2 minutes after an outage.
  const channel = {
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_reconnect_backoff_ms': 2_000,
  };
  if (emulatorHost === undefined) return channel;
  const { hostname, port } = new URL(`http://${emulatorHost}`);
  return {
    ...channel,
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    // Without it, the library asks Google's metadata server who we are, and waits for it.
    auth: new GoogleAuth({ authClient: new PassThroughClient() }),
  };
}
