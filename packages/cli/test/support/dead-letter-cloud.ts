import {
  deadLetterTopic,
  finaliserSubscription,
  type JobRecord,
  type OperationName,
  recordObject,
  reviewSubscription,
  subscriptionPath,
  topicPath,
  workerSubscription,
} from '@imagen/contracts';
import { type PubSubServer, startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import { createClients, digestOf, provision } from '@imagen/worker';

const PROJECT = 'dlq-project';
const RESULTS = 'dlq-results';

/** A message of a subscription, under lease. */
interface Found {
  readonly messageId: string;
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A local cloud with dead letters in it, and what it shows afterwards. */
export interface DeadLetterCloud extends AsyncDisposable {
  readonly pubsub: PubSubServer;
  readonly storage: StorageServer;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts a message on the dead-letter topic as Pub/Sub does after 10 deliveries; returns its data. */
  deadLetter(operation: OperationName, jobId: string): Promise<string>;
  publishRaw(operation: OperationName, data: string): Promise<void>;
  /** Writes a record for a dead letter; `data` is what its message has. */
  writeRecord(jobId: string, outcome: JobRecord['outcome'], data: string): Promise<void>;
  hasRecord(jobId: string): Promise<boolean>;
  /** What a subscription of comic delivers now; takes it out of there. */
  take(kind: 'review' | 'finaliser' | 'workers'): Promise<Found[]>;
}

const SUBSCRIPTION_OF = {
  review: reviewSubscription,
  finaliser: finaliserSubscription,
  workers: workerSubscription,
};

/** Starts one; both servers keep journals. */
export async function startDeadLetterCloud(): Promise<DeadLetterCloud> {
  const pubsub = await startPubSub({ journal: true });
  const storage = await startStorage({ journal: true });
  const clients = createClients({
    projectId: PROJECT,
    pubsubEmulatorHost: pubsub.address,
    storageEmulatorHost: storage.url,
  });
  await provision(clients, PROJECT, ['dlq-sources', RESULTS]);
  const fileOf = (jobId: string) => clients.storage.bucket(RESULTS).file(recordObject(jobId));
  const publish = async (operation: OperationName, data: string, attributes = {}) => {
    const topic = topicPath(PROJECT, deadLetterTopic(operation));
    await clients.publisher.publish({ topic, messages: [{ data: Buffer.from(data), attributes }] });
  };
  return {
    pubsub,
    storage,
    environment: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      IMAGEN_SOURCES_BUCKET: 'dlq-sources',
      IMAGEN_RESULTS_BUCKET: RESULTS,
      PUBSUB_EMULATOR_HOST: pubsub.address,
      STORAGE_EMULATOR_HOST: storage.url,
    },
    async deadLetter(operation, jobId) {
      const data = JSON.stringify({ jobId, source: 'gs://dlq-sources/a.png' });
      await publish(operation, data, {
        jobId,
        tenant: 'blue',
        CloudPubSubDeadLetterSourceDeliveryCount: '10',
        CloudPubSubDeadLetterSourceSubscription: workerSubscription(operation),
        CloudPubSubDeadLetterSourceTopicPublishTime: '2026-01-01T00:00:00.000+00:00',
      });
      return data;
    },
    publishRaw: publish,
    async writeRecord(jobId, outcome, data) {
      const record = recordOf(jobId, outcome, data);
      await fileOf(jobId).save(JSON.stringify(record), { resumable: false });
    },
    hasRecord: async (jobId) => (await fileOf(jobId).exists())[0],
    async take(kind) {
      const subscription = subscriptionPath(PROJECT, SUBSCRIPTION_OF[kind]('comic'));
      const request = { subscription, maxMessages: 1000, returnImmediately: true };
      const [{ receivedMessages }] = await clients.subscriber.pull(request);
      const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId ?? '');
      if (ackIds.length > 0) await clients.subscriber.acknowledge({ subscription, ackIds });
      return (receivedMessages ?? []).map(({ message }) => ({
        messageId: message?.messageId ?? '',
        data: String(message?.data),
        attributes: message?.attributes ?? {},
      }));
    },
    async [Symbol.asyncDispose]() {
      await clients.close();
      await Promise.all([pubsub.stop(), storage.stop()]);
    },
  };
}

function recordOf(jobId: string, outcome: JobRecord['outcome'], data: string): JobRecord {
  const common = {
    jobId,
    operation: 'comic' as const,
    messageDigest: digestOf({ operation: 'comic', data: Buffer.from(data) }),
    deliveryAttempt: 10,
    publishedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    durationMs: 1000,
  };
  if (outcome === 'failed') {
    return { outcome, ...common, error: { code: 'UNDELIVERABLE', message: 'made up' } };
  }
  const picture = { uri: 'gs://a-b/c.png', widthPx: 1, heightPx: 1, format: 'png', bytes: 1 };
  return {
    outcome,
    ...common,
    input: { ...picture, generation: '1' },
    result: picture,
    notes: [],
    receipt: { modelName: 'made_up', modelVersion: '1', tiles: 1, stagesMs: {} },
  };
}
