import { SUBSCRIPTIONS, topicPath, TOPICS } from '@imagen/contracts';
import { subscriptionMessage } from '@imagen/worker';
import { BUCKET_FIELDS, bucketMessage } from './bucket-settings.ts';
import { grantsByPlace } from './grants.ts';
import type { Grant, Resource, ResourceOf, Target } from './resources.ts';
import { describe } from './setting-fields.ts';
import { SUBSCRIPTION_FIELDS } from './subscription-settings.ts';

/** All that a project needs for imagen; each resource comes after those that it refers to. */
export function desiredResources(target: Target): Resource[] {
  const { projectId, resultsBucket, sourcesBucket, sourceBuckets } = target;
  const { checksOwner, projectNumber } = target;
  const owner = checksOwner && projectNumber !== undefined ? { projectNumber } : {};
  const ours = new Set([resultsBucket, sourcesBucket]);
  const others = new Set(sourceBuckets.filter((name) => !ours.has(name)));
  const placed = grantsByPlace(target);
  const grants = (kind: 'topic' | 'subscription' | 'bucket', name: string): readonly Grant[] =>
    placed.get(`${kind} ${name}`) ?? [];
  return [
    ...TOPICS.map((name): ResourceOf<'topic'> => {
      const message = { name: topicPath(projectId, name) };
      return { kind: 'topic', name, message, settings: {}, grants: grants('topic', name) };
    }),
    ...SUBSCRIPTIONS.map((plan): ResourceOf<'subscription'> => {
      const [kind, name] = ['subscription' as const, plan.subscription];
      const message = subscriptionMessage(projectId, plan);
      const settings = describe(SUBSCRIPTION_FIELDS, message);
      return { kind, name, message, settings, grants: grants(kind, name) };
    }),
    ...[...ours].map((name): ResourceOf<'bucket'> => {
      const message = bucketMessage(name, target);
      const settings = describe(BUCKET_FIELDS, { ...message, ...owner });
      return { kind: 'bucket', name, message, settings, grants: grants('bucket', name) };
    }),
    ...[...others].map((name): ResourceOf<'source bucket'> => {
      const kind = 'source bucket';
      return { kind, name, message: {}, settings: {}, grants: grants('bucket', name) };
    }),
  ];
}
