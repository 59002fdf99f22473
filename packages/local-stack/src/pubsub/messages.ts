// Requests, responses and resources of google.pubsub.v1 as `protos.ts` decodes them: every field is
// present, an unset sub-message is null. Fields we only store and echo are left out.

/** google.protobuf.Timestamp. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** google.protobuf.Duration. */
export interface Duration {
  readonly seconds: number;
  readonly nanos: number;
}

/** A message; `messageId` and `publishTime` are the server's. */
export interface PubsubMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly publishTime: Timestamp | null;
  readonly orderingKey: string;
}

/** One delivery of a message. `deliveryAttempt` is 0 without a dead-letter policy. */
export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: PubsubMessage;
  readonly deliveryAttempt: number;
}

/** Resource Topic. */
export interface TopicSettings {
  readonly name: string;
  readonly state: string;
  readonly messageRetentionDuration: Duration | null;
  readonly schemaSettings: object | null;
  readonly ingestionDataSourceSettings: object | null;
  readonly messageTransforms: readonly object[];
}

/** Resource Subscription. */
export interface SubscriptionSettings {
  readonly name: string;
  readonly topic: string;
  readonly state: string;
  readonly ackDeadlineSeconds: number;
  readonly messageRetentionDuration: Duration | null;
  readonly expirationPolicy: { readonly ttl: Duration | null } | null;
  readonly deadLetterPolicy: {
    readonly deadLetterTopic: string;
    readonly maxDeliveryAttempts: number;
  } | null;
  readonly retryPolicy: {
    readonly minimumBackoff: Duration | null;
    readonly maximumBackoff: Duration | null;
  } | null;
  readonly pushConfig: { readonly pushEndpoint?: string } | null;
  readonly bigqueryConfig: object | null;
  readonly cloudStorageConfig: object | null;
  readonly bigtableConfig: object | null;
  readonly filter: string;
  readonly enableMessageOrdering: boolean;
  readonly enableExactlyOnceDelivery: boolean;
  readonly messageTransforms: readonly object[];
}

/** google.protobuf.FieldMask: snake_case field names. */
export interface FieldMask {
  readonly paths: readonly string[];
}

/** The page that a List request asks for. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** Request of StreamingPull; an empty one is the client's keepalive. */
export interface StreamingPullRequest {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
  readonly protocolVersion: number;
}

/** Response of StreamingPull; an empty one answers a keepalive. */
export interface StreamingPullResponse {
  readonly receivedMessages?: readonly ReceivedMessage[];
  readonly subscriptionProperties?: {
    readonly exactlyOnceDeliveryEnabled: boolean;
    readonly messageOrderingEnabled: boolean;
  };
}

/** Duration in milliseconds. */
export const toMs = (duration: Duration): number =>
  duration.seconds * 1000 + duration.nanos / 1_000_000;

/** Timestamp of milliseconds since the Unix epoch. */
export function toTimestamp(epochMs: number): Timestamp {
  const seconds = Math.floor(epochMs / 1000);
  return { seconds, nanos: (epochMs - seconds * 1000) * 1_000_000 };
}
