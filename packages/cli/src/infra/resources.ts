import type { SubscriptionMessage } from '@imagen/worker';
import type { BucketMessage } from './bucket-settings.ts';

/** A role that a member has on a resource. */
export interface Grant {
  readonly role: string;
  /** As IAM writes it, for example `user:a@example.com`. */
  readonly member: string;
  readonly condition?: { readonly title: string; readonly expression: string };
}

/** What of a resource is compared, in words for people; what is not named is left as it is. */
export type Settings = Readonly<Record<string, string>>;

/** What the API takes for a resource of each kind. A source bucket is not ours: only its grants are. */
interface Messages {
  readonly topic: { readonly name: string };
  readonly subscription: SubscriptionMessage;
  readonly bucket: BucketMessage;
  readonly 'source bucket': BucketMessage;
}

/** Kinds of resources, in the words of plans. */
export type Kind = keyof Messages;

/** One resource as it should be. */
export interface ResourceOf<K extends Kind> {
  readonly kind: K;
  /** Without project or scheme. */
  readonly name: string;
  readonly message: Messages[K];
  readonly settings: Settings;
  readonly grants: readonly Grant[];
}

/** A resource of any kind. */
export type Resource = { readonly [K in Kind]: ResourceOf<K> }[Kind];

/** What is wanted of a project, as far as it differs from one to the next. */
export interface Target {
  readonly projectId: string;
  /** Decimal; undefined: unknown, and there are no grants. */
  readonly projectNumber: string | undefined;
  /** Which of the two services have IAM: servers on one's own machine may have none. */
  readonly iam: { readonly pubsub: boolean; readonly storage: boolean };
  readonly resultsBucket: string;
  readonly sourcesBucket: string;
  /** Buckets of others that jobs may name as sources. */
  readonly sourceBuckets: readonly string[];
  /** Of new buckets; undefined: Cloud Storage chooses, and any will do. */
  readonly location: string | undefined;
  /** Days after which results are deleted; undefined: never. */
  readonly resultsDays: number | undefined;
  /** Buckets must be this project's: their names are global, and anyone may have taken them. */
  readonly checksOwner: boolean;
}
