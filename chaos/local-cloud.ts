import {
  EVENTS_TOPIC,
  OPERATION_NAMES,
  subscriptionPath,
  topicPath,
  workerSubscription,
} from '@imagen/contracts';
import { type PubSubServer, startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import { type Cloud, connectCloud } from '../packages/cli/src/cloud.ts';
import { provision } from '../packages/worker/src/index.ts';

/** Pub/Sub and Cloud Storage in this process, with their levers and journals, and the runner's own clients. */
export interface LocalCloud {
  readonly pubsub: PubSubServer;
  readonly storage: StorageServer;
  readonly cloud: Cloud;
  /** What workers need to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Full name of the runner's own subscription to events. */
  readonly eventsSubscription: string;
}

/** Back-off of redeliveries, in seconds. Production's is 5 to 120: a disturbed run would mostly wait. */
const BACKOFF = { min: 1, max: 5 };

/** Starts it with everything provisioned; what is started is added to `owner`. */
export async function startLocalCloud(owner: AsyncDisposableStack): Promise<LocalCloud> {
  const pubsub = owner.use(await startPubSub({ journal: true }));
  const storage = owner.use(await startStorage({ journal: true }));
  const environment = {
    GOOGLE_CLOUD_PROJECT: 'imagen-chaos',
    IMAGEN_SOURCES_BUCKET: 'imagen-sources',
    IMAGEN_RESULTS_BUCKET: 'imagen-results',
    PUBSUB_EMULATOR_HOST: pubsub.address,
    STORAGE_EMULATOR_HOST: storage.url,
  };
  const cloud = connectCloud(environment);
  owner.defer(async () => cloud.close());
  await provision(cloud, cloud.projectId, [cloud.sourcesBucket, cloud.resultsBucket]);
  await Promise.all(
    OPERATION_NAMES.map(async (operation) =>
      shortenBackoff(cloud, subscriptionPath(cloud.projectId, workerSubscription(operation))),
    ),
  );
  const eventsSubscription = subscriptionPath(cloud.projectId, 'imagen-chaos-events');
  await cloud.subscriber.createSubscription({
    name: eventsSubscription,
    topic: topicPath(cloud.projectId, EVENTS_TOPIC),
    ackDeadlineSeconds: 600,
  });
  return { pubsub, storage, cloud, environment, eventsSubscription };
}

async function shortenBackoff({ subscriber }: Cloud, name: string): Promise<void> {
  await subscriber.updateSubscription({
    subscription: {
      name,
      retryPolicy: {
        minimumBackoff: { seconds: BACKOFF.min },
        maximumBackoff: { seconds: BACKOFF.max },
      },
    },
    updateMask: { paths: ['retry_policy'] },
  });
}

/** Takes every message that a subscription has ready, and acks it. No fault may be active. */
export async function drain({ cloud }: LocalCloud, subscription: string): Promise<Buffer[]> {
  const taken: Buffer[] = [];
  for (;;) {
    const [{ receivedMessages }] = await cloud.subscriber.pull({
      subscription,
      maxMessages: 1_000,
      returnImmediately: true,
    });
    const messages = receivedMessages ?? [];
    if (messages.length === 0) return taken;
    const ackIds = messages.flatMap(({ ackId }) => ackId ?? []);
    await cloud.subscriber.acknowledge({ subscription, ackIds });
    taken.push(...messages.map(({ message }) => Buffer.from(message?.data ?? '')));
  }
}
