import type { Clock } from './clock.ts';
import { type Content, deadLetterContent } from './dead-letter.ts';
import { type SubscriptionSettings, type TopicSettings, toTimestamp } from './messages.ts';
import { DELETED_TOPIC, checkName } from './resource-names.ts';
import { type RpcError, alreadyExists, notFound } from './rpc-error.ts';
import { Subscription } from './subscription.ts';
import type { StoredMessage } from './subscription-queue.ts';

/** A topic and the subscriptions that get its messages. */
export interface Topic {
  settings: TopicSettings;
  readonly subscriptions: Set<Subscription>;
}

/** All topics and subscriptions of a server, of every project. Settings passed in are already complete. */
export class Registry {
  readonly #clock: Clock;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #published = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  /** @throws RpcError ALREADY_EXISTS */
  createTopic(settings: TopicSettings): Topic {
    if (this.#topics.has(settings.name)) throw alreadyExists(settings.name);
    const topic = { settings, subscriptions: new Set<Subscription>() };
    this.#topics.set(settings.name, topic);
    return topic;
  }

  /** @throws RpcError NOT_FOUND; INVALID_ARGUMENT if no topic can have that name */
  topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    checkName('topics', name);
    throw notFound(name);
  }

  /** Its subscriptions stay, with the messages they have. @throws RpcError NOT_FOUND */
  deleteTopic(name: string): void {
    this.topic(name);
    this.#topics.delete(name);
    for (const subscription of this.#subscriptions.values()) {
      subscription.configure(withoutTopic(subscription.settings, name));
    }
  }

  /** @throws RpcError ALREADY_EXISTS; NOT_FOUND for its topic or dead-letter topic */
  createSubscription(settings: SubscriptionSettings): Subscription {
    if (this.#subscriptions.has(settings.name)) throw alreadyExists(settings.name);
    const topic = this.topic(settings.topic);
    this.#checkDeadLetterTopic(settings);
    const subscription = new Subscription(settings, {
      clock: this.#clock,
      forward: (deadLetter, source) => {
        const name = source.deadLetterPolicy?.deadLetterTopic ?? DELETED_TOPIC;
        this.publish(this.topic(name), [deadLetterContent(deadLetter, source)]);
      },
    });
    this.#subscriptions.set(settings.name, subscription);
    topic.subscriptions.add(subscription);
    return subscription;
  }

  /** @throws RpcError NOT_FOUND; INVALID_ARGUMENT if no subscription can have that name */
  subscription(name: string): Subscription {
    const subscription = this.#subscriptions.get(name);
    if (subscription !== undefined) return subscription;
    checkName('subscriptions', name);
    throw notFound(name);
  }

  /** @throws RpcError NOT_FOUND */
  deleteSubscription(name: string): void {
    const subscription = this.subscription(name);
    this.#subscriptions.delete(name);
    this.#topics.get(subscription.settings.topic)?.subscriptions.delete(subscription);
    subscription.close(notFound(name));
  }

  /** @throws RpcError NOT_FOUND for a new dead-letter topic that does not exist */
  updateSubscription(subscription: Subscription, settings: SubscriptionSettings): void {
    const before = subscription.settings.deadLetterPolicy?.deadLetterTopic;
    const changed = settings.deadLetterPolicy?.deadLetterTopic !== before;
    if (changed) this.#checkDeadLetterTopic(settings);
    subscription.configure(settings);
  }

  /** Gives the messages to every subscription of the topic; returns their ids, in order. */
  publish(topic: Topic, contents: readonly Content[]): string[] {
    const publishTime = toTimestamp(this.#clock.now());
    const messages = contents.map((content): StoredMessage => {
      this.#published += 1;
      return {
        message: { ...content, messageId: String(this.#published), publishTime },
        sizeBytes: sizeBytes(content),
      };
    });
    for (const subscription of topic.subscriptions) subscription.publish(messages);
    return messages.map(({ message }) => message.messageId);
  }

  /** Ends hanging Pulls, streams and timers. */
  close(error: RpcError): void {
    for (const subscription of this.#subscriptions.values()) subscription.close(error);
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: SubscriptionSettings): void {
    if (deadLetterPolicy !== null) this.topic(deadLetterPolicy.deadLetterTopic);
  }
}

/** A later topic of that name is a new one, so the name must not stay. */
function withoutTopic(settings: SubscriptionSettings, name: string): SubscriptionSettings {
  const { topic, deadLetterPolicy } = settings;
  return {
    ...settings,
    topic: topic === name ? DELETED_TOPIC : topic,
    deadLetterPolicy:
      deadLetterPolicy?.deadLetterTopic === name
        ? { ...deadLetterPolicy, deadLetterTopic: DELETED_TOPIC }
        : deadLetterPolicy,
  };
}

function sizeBytes({ data, attributes, orderingKey }: Content): number {
  let bytes = data.length + Buffer.byteLength(orderingKey);
  for (const [key, value] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}
