import { type PubSubServer, startPubSub } from '@imagen/local-stack/pubsub';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import {
  deadLetterTopic,
  EVENTS_TOPIC,
  EventSchema,
  type JobInput,
  type JobRecord,
  jobTopic,
  type OperationName,
  recordObject,
  RecordSchema,
  subscriptionPath,
  topicPath,
} from '@imagen/contracts';
import { type CloudClients, createClients, provision } from '@imagen/worker';

const PROJECT = 'test-project';
const SOURCES = 'test-sources';
const RESULTS = 'test-results';

/** An empty imagen project on a Pub/Sub and a Cloud Storage of its own, and what tests do with it. */
export interface LocalCloud extends CloudClients, AsyncDisposable {
  readonly projectId: string;
  readonly resultsBucket: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pubsubFaults: PubSubServer['faults'];
  readonly storageFaults: StorageServer['faults'];
  /** Every unary RPC so far. */
  readonly journal: PubSubServer['journal'];
  /** Uploads a source and returns its `gs://` URI. */
  upload(name: string, bytes: Uint8Array): Promise<string>;
  /** A subscription to an operation's jobs that gives released messages out again at once; returns its name. */
  subscribeWithoutBackoff(operation: OperationName): Promise<string>;
  publish(operation: OperationName, job: JobInput): Promise<void>;
  publishRaw(
    operation: OperationName,
    data: string,
    attributes?: Record<string, string>,
  ): Promise<void>;
  /** Waits for the event of a job and returns the record it repeats. */
  readonly ended: (jobId: string) => Promise<JobRecord>;
  /** The record that stands in the results bucket. */
  record(jobId: string): Promise<JobRecord>;
  result(uri: string): Promise<Buffer>;
}

/** Starts one. */
export async function startLocalCloud(): Promise<LocalCloud> {
  const pubsub = await startPubSub({ journal: true });
  const storage = await startStorage();
  const clients = createClients({
    projectId: PROJECT,
    pubsubEmulatorHost: pubsub.address,
    storageEmulatorHost: storage.url,
  });
  await provision(clients, PROJECT, [SOURCES, RESULTS]);
  const ended = await watchEvents(clients);
  const publishRaw: LocalCloud['publishRaw'] = async (operation, data, attributes = {}) => {
    const messages = [{ data: Buffer.from(data), attributes }];
    await clients.publisher.publish({ topic: topicPath(PROJECT, jobTopic(operation)), messages });
  };
  const download = async (object: string): Promise<Buffer> =>
    (await clients.storage.bucket(RESULTS).file(object).download())[0];
  return {
    ...clients,
    projectId: PROJECT,
    resultsBucket: RESULTS,
    pubsubFaults: pubsub.faults,
    storageFaults: storage.faults,
    journal: pubsub.journal,
    environment: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      IMAGEN_RESULTS_BUCKET: RESULTS,
      PUBSUB_EMULATOR_HOST: pubsub.address,
      STORAGE_EMULATOR_HOST: storage.url,
    },
    async upload(name, bytes) {
      await clients.storage
        .bucket(SOURCES)
        .file(name)
        .save(Buffer.from(bytes), { resumable: false });
      return `gs://${SOURCES}/${name}`;
    },
    async subscribeWithoutBackoff(operation) {
      const name = subscriptionPath(PROJECT, `impatient-${operation}`);
      await clients.subscriber.createSubscription({
        name,
        topic: topicPath(PROJECT, jobTopic(operation)),
        deadLetterPolicy: {
          deadLetterTopic: topicPath(PROJECT, deadLetterTopic(operation)),
          maxDeliveryAttempts: 10,
        },
      });
      return name;
    },
    publish: async (operation, job) =>
      publishRaw(operation, JSON.stringify(job), { jobId: job.jobId }),
    publishRaw,
    ended,
    record: async (jobId) =>
      RecordSchema.parse(JSON.parse((await download(recordObject(jobId))).toString('utf8'))),
    result: async (uri) => download(uri.slice(`gs://${RESULTS}/`.length)),
    async [Symbol.asyncDispose]() {
      await clients.close();
      await Promise.all([pubsub.stop(), storage.stop()]);
    },
  };
}

/** Subscribes to the events of a project; the returned function waits for the one of a job. */
async function watchEvents({ subscriber }: CloudClients): Promise<LocalCloud['ended']> {
  const subscription = subscriptionPath(PROJECT, 'test-events');
  await subscriber.createSubscription({
    name: subscription,
    topic: topicPath(PROJECT, EVENTS_TOPIC),
  });
  const seen = new Map<string, JobRecord>();
  const pull = async (): Promise<void> => {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 100 });
    const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId ?? '');
    for (const { message } of receivedMessages ?? []) {
      const { record } = EventSchema.parse(JSON.parse(String(message?.data)));
      seen.set(record.jobId, record);
    }
    if (ackIds.length > 0) await subscriber.acknowledge({ subscription, ackIds });
  };
  let pulling: Promise<void> | undefined;
  return async (jobId) => {
    for (;;) {
      const record = seen.get(jobId);
      if (record) return record;
      // One for all who wait: another's pull may take the event that this one waits for.
      pulling ??= pull().finally(() => (pulling = undefined));
      await pulling;
    }
  };
}
