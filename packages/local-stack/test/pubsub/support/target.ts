import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll } from 'vitest';
import { startPubSub } from '@imagen/local-stack/pubsub';
import { DrivenClock } from '@imagen/local-stack/pubsub';

// Google's clients look for a cloud's metadata server otherwise.
process.env['METADATA_SERVER_DETECTION'] = 'none';

/** A Pub/Sub server under test. */
export interface PubSubTarget {
  /** `host:port`, without TLS. */
  readonly address: string;
  /** Lets the server's time pass. */
  elapse(ms: number): Promise<void> | void;
  close(): Promise<void>;
}

/** Starts, or finds, a server to test. */
export type Connect = () => Promise<PubSubTarget>;

/** Our server on a driven clock. */
export async function connectLocal(): Promise<PubSubTarget> {
  const clock = new DrivenClock();
  const server = await startPubSub({ clock });
  return {
    address: server.address,
    elapse: (ms) => clock.elapse(ms),
    close: () => server.stop(),
  };
}

/** Official clients of one server. */
export interface Clients {
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;
  readonly pubsub: PubSub;
  elapse(ms: number): Promise<void> | void;
}

/** The project that all tests use. */
export const PROJECT = 'projects/imagen-test';

/** Starts the server before the tests of a file and stops it after them. */
export function useClients(connect: Connect): Clients {
  let target: PubSubTarget;
  let clients: Omit<Clients, 'elapse'>;
  beforeAll(async () => {
    target = await connect();
    clients = clientsOf(target.address);
  });
  afterAll(async () => {
    await Promise.all([clients.publisher.close(), clients.subscriber.close()]);
    await clients.pubsub.close();
    await target.close();
  });
  return {
    get publisher() {
      return clients.publisher;
    },
    get subscriber() {
      return clients.subscriber;
    },
    get pubsub() {
      return clients.pubsub;
    },
    elapse: (ms) => target.elapse(ms),
  };
}

function clientsOf(address: string): Omit<Clients, 'elapse'> {
  // An IPv6 host has colons too.
  const colon = address.lastIndexOf(':');
  const servicePath = address.slice(0, colon);
  const port = Number(address.slice(colon + 1));
  const options = { servicePath, port, sslCreds: credentials.createInsecure() };
  return {
    publisher: new v1.PublisherClient(options),
    subscriber: new v1.SubscriberClient(options),
    pubsub: new PubSub({ apiEndpoint: address, projectId: PROJECT.slice('projects/'.length) }),
  };
}
