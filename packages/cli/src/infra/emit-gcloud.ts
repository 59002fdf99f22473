import type { SubscriptionMessage } from '@imagen/worker';
import type { Grant, Resource } from './resources.ts';
import { secondsOf } from './subscription-settings.ts';

/** Stands for a number that the script looks up itself. */
export const LOOKED_UP = '${PROJECT_NUMBER}';

/** A shell script that makes all of these resources in an empty project. */
export function emitGcloud(projectId: string, resources: readonly Resource[]): string {
  const project = `--project=${projectId}`;
  const text = [
    ...resources.flatMap((resource) => creationOf(resource, project)),
    ...resources.flatMap((resource) =>
      resource.grants.map((grant) => grantCommand(resource, grant, project)),
    ),
  ].join('\n');
  const lookUp = `PROJECT_NUMBER=$(gcloud projects describe ${projectId} --format='value(projectNumber)')`;
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    '',
    ...(text.includes(LOOKED_UP) ? [lookUp] : []),
    text,
  ].join('\n');
}

function creationOf(resource: Resource, project: string): string[] {
  switch (resource.kind) {
    case 'topic':
      return [command('pubsub', 'topics', 'create', resource.name, project)];
    case 'subscription': {
      const flags = subscriptionFlags(resource.message);
      return [command('pubsub', 'subscriptions', 'create', resource.name, project, ...flags)];
    }
    case 'bucket': {
      const { location, lifecycle } = resource.message;
      const flags = [
        ...(location === undefined ? [] : [`--location=${location}`]),
        '--uniform-bucket-level-access',
        '--public-access-prevention',
        '--lifecycle-file=/dev/stdin',
      ];
      const create = command(
        'storage',
        'buckets',
        'create',
        `gs://${resource.name}`,
        project,
        ...flags,
      );
      return [`${create} <<'JSON'`, JSON.stringify(lifecycle, null, 2), 'JSON'];
    }
    case 'source bucket':
    default:
      return [];
  }
}

function subscriptionFlags(message: SubscriptionMessage): string[] {
  const { topic, ackDeadlineSeconds, retryPolicy, deadLetterPolicy } = message;
  return [
    `--topic=${topic}`,
    `--ack-deadline=${ackDeadlineSeconds}`,
    `--message-retention-duration=${secondsOf(message.messageRetentionDuration)}s`,
    `--expiration-period=never`,
    ...(retryPolicy
      ? [
          `--min-retry-delay=${secondsOf(retryPolicy.minimumBackoff)}s`,
          `--max-retry-delay=${secondsOf(retryPolicy.maximumBackoff)}s`,
        ]
      : []),
    ...(deadLetterPolicy
      ? [
          `--dead-letter-topic=${deadLetterPolicy.deadLetterTopic}`,
          `--max-delivery-attempts=${deadLetterPolicy.maxDeliveryAttempts}`,
        ]
      : []),
  ];
}

function grantCommand({ kind, name }: Resource, grant: Grant, project: string): string {
  const { role, member, condition } = grant;
  const flags = [`--member=${member}`, `--role=${role}`];
  if (kind === 'topic' || kind === 'subscription') {
    return command('pubsub', `${kind}s`, 'add-iam-policy-binding', name, project, ...flags);
  }
  // Without one gcloud would ask, where the policy has conditions.
  const when = condition
    ? `--condition=title=${condition.title},expression=${condition.expression}`
    : '--condition=None';
  return command('storage', 'buckets', 'add-iam-policy-binding', `gs://${name}`, ...flags, when);
}

function command(...words: readonly string[]): string {
  return ['gcloud', ...words].map(quote).join(' ');
}

/** A word for the shell, which puts in the project number and nothing else. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!word.includes(LOOKED_UP)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const parts = word.split(LOOKED_UP).map((part) => part.replaceAll(/["\\$`]/g, String.raw`\$&`));
  return `"${parts.join(LOOKED_UP)}"`;
}
