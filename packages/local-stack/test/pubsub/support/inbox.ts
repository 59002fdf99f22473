import type { protos } from '@google-cloud/pubsub';
import type { ClientUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { type Clients, PROJECT } from './target.ts';

type Settings = protos.google.pubsub.v1.ISubscription;
type Received = protos.google.pubsub.v1.IReceivedMessage;

/** A delivery, with the data as text. */
export interface Delivery {
  readonly text: string;
  readonly ackId: string;
  readonly deliveryAttempt: number;
  readonly attributes: Record<string, string>;
}

/** A topic of its own with one subscription, and short words for what tests do with them. */
export interface Inbox {
  readonly topic: string;
  readonly subscription: string;
  publish(...texts: string[]): Promise<string[]>;
  /** Waits for at least one message. */
  pull(maxMessages?: number): Promise<Delivery[]>;
  /** What is there now, perhaps nothing. */
  peek(): Promise<Delivery[]>;
  ack(...deliveries: Delivery[]): Promise<void>;
  /** 0 seconds: nack. */
  modifyAckDeadline(seconds: number, ...deliveries: Delivery[]): Promise<void>;
}

/** Names that no other test uses. */
export const topicName = (): string => `${PROJECT}/topics/t-${randomUUID()}`;

/** Names that no other test uses. */
export const subscriptionName = (): string => `${PROJECT}/subscriptions/s-${randomUUID()}`;

/** Creates a topic and a subscription on it (ack deadline 10 s unless said otherwise). */
export async function openInbox(clients: Clients, settings: Settings = {}): Promise<Inbox> {
  const { publisher, subscriber } = clients;
  const topic = settings.topic ?? topicName();
  const name = subscriptionName();
  if (!settings.topic) await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ ackDeadlineSeconds: 10, ...settings, name, topic });
  const pull = async (maxMessages: number, returnImmediately: boolean) => {
    const request = { subscription: name, maxMessages, returnImmediately };
    const [response] = await subscriber.pull(request, { timeout: 15_000 });
    return (response.receivedMessages ?? []).map(asDelivery);
  };
  return {
    topic,
    subscription: name,
    publish: async (...texts) => {
      const messages = texts.map((text) => ({ data: Buffer.from(text) }));
      const [{ messageIds }] = await publisher.publish({ topic, messages });
      return messageIds ?? [];
    },
    pull: (maxMessages = 100) => pull(maxMessages, false),
    peek: () => pull(100, true),
    ack: async (...deliveries) => {
      await subscriber.acknowledge({ subscription: name, ackIds: ackIdsOf(deliveries) });
    },
    modifyAckDeadline: async (ackDeadlineSeconds, ...deliveries) => {
      const ackIds = ackIdsOf(deliveries);
      await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds });
    },
  };
}

const ackIdsOf = (deliveries: Delivery[]): string[] => deliveries.map(({ ackId }) => ackId);

function asDelivery({ ackId, deliveryAttempt, message }: Received): Delivery {
  return {
    text: Buffer.from(message?.data ?? '').toString(),
    ackId: ackId ?? '',
    deliveryAttempt: deliveryAttempt ?? 0,
    attributes: message?.attributes ?? {},
  };
}

/** The only delivery of a list. */
export function single(deliveries: readonly Delivery[]): Delivery {
  const [delivery, ...others] = deliveries;
  if (delivery === undefined || others.length > 0) {
    throw new Error(`expected one delivery, got ${deliveries.length}`);
  }
  return delivery;
}

/** The texts of deliveries, sorted: Pub/Sub promises no order. */
export const texts = (deliveries: readonly { readonly text: string }[]): string[] =>
  deliveries.map(({ text }) => text).toSorted();

/** A Pull that can be cancelled, which the generated client does not offer. */
export async function startPull(
  clients: Clients,
  { subscription }: Inbox,
): Promise<ClientUnaryCall> {
  const stub = await clients.subscriber.initialize();
  const pull = stub['pull'] as (...args: unknown[]) => ClientUnaryCall;
  return pull.call(stub, { subscription, maxMessages: 1 }, () => {});
}

/** Whatever was sent before on the subscriber's connection has reached the server after it. */
export async function roundTrip(clients: Clients, { subscription }: Inbox): Promise<void> {
  await clients.subscriber.getSubscription({ subscription });
}
