import type { SubscriptionMessage } from '@imagen/worker';
import type { Grant, Resource, ResourceOf } from './resources.ts';
import { secondsOf } from './subscription-settings.ts';

/** Stands for a number that the script looks up itself. */
export const LOOKED_UP = '${PROJECT_NUMBER}';
/** Where the script writes rules for gcloud, which reads them from nothing but a file. */
const RULES_FILE = '${RULES_FILE}';

/** A shell script that makes all of these resources in a project that has none of them. */
export function emitGcloud(projectId: string, resources: readonly Resource[]): string {
  const project = `--project=${projectId}`;
  const creations = resources.map((resource) => creationOf(resource, project)).filter(Boolean);
  const grants = resources.flatMap((resource) =>
    resource.grants.map((grant) => grantCommand(resource, grant, project)),
  );
  const needsNumber = grants.some((grant) => grant.includes(LOOKED_UP));
  const number = `PROJECT_NUMBER=$(gcloud projects describe ${projectId} --format='value(projectNumber)')`;
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    ...(needsNumber ? [number] : []),
    'RULES_FILE=$(mktemp)',
    `trap 'rm -f "\${RULES_FILE}"' EXIT`,
    '',
    ...creations,
    ...grants,
  ].join('\n');
}

function creationOf(resource: Resource, project: string): string {
  switch (resource.kind) {
    case 'topic':
      return command(['pubsub', 'topics', 'create', resource.name], [project]);
    case 'subscription':
      return command(
        ['pubsub', 'subscriptions', 'create', resource.name],
        [project, ...subscriptionFlags(resource.message)],
      );
    case 'bucket':
      return bucketCommands(resource, project);
    case 'source bucket':
    default:
      return '';
  }
}

function bucketCommands({ name, message }: ResourceOf<'bucket'>, project: string): string {
  const { location, lifecycle } = message;
  const create = command(
    ['storage', 'buckets', 'create', `gs://${name}`],
    [
      project,
      ...(location === undefined ? [] : [`--location=${location}`]),
      '--uniform-bucket-level-access',
      '--public-access-prevention',
      `--lifecycle-file=${RULES_FILE}`,
    ],
  );
  const rules = `cat > "${RULES_FILE}" <<'JSON'\n${JSON.stringify(lifecycle)}\nJSON`;
  return `${rules}\n${create}`;
}

function subscriptionFlags(message: SubscriptionMessage): string[] {
  const { topic, ackDeadlineSeconds, messageRetentionDuration } = message;
  const { retryPolicy: retry, deadLetterPolicy: deadLetters } = message;
  const retryFlags = retry && [
    `--min-retry-delay=${secondsOf(retry.minimumBackoff)}s`,
    `--max-retry-delay=${secondsOf(retry.maximumBackoff)}s`,
  ];
  const deadLetterFlags = deadLetters && [
    `--dead-letter-topic=${deadLetters.deadLetterTopic}`,
    `--max-delivery-attempts=${deadLetters.maxDeliveryAttempts}`,
  ];
  return [
    `--topic=${topic}`,
    `--ack-deadline=${ackDeadlineSeconds}`,
    `--message-retention-duration=${secondsOf(messageRetentionDuration)}s`,
    '--expiration-period=never',
    ...(retryFlags ?? []),
    ...(deadLetterFlags ?? []),
  ];
}

function grantCommand({ kind, name }: Resource, grant: Grant, project: string): string {
  const { role, member, condition } = grant;
  const flags = [`--member=${member}`, `--role=${role}`];
  if (kind === 'topic' || kind === 'subscription') {
    return command(['pubsub', `${kind}s`, 'add-iam-policy-binding', name], [project, ...flags]);
  }
  // Where the policy has conditions, gcloud would ask what is not said.
  const when = condition
    ? `--condition=title=${condition.title},expression=${condition.expression}`
    : '--condition=None';
  return command(
    ['storage', 'buckets', 'add-iam-policy-binding', `gs://${name}`],
    [...flags, when],
  );
}

function command(words: readonly string[], flags: readonly string[]): string {
  return [['gcloud', ...words].map(quote).join(' '), ...flags.map(quote)].join(' \\\n  ');
}

/** A word for the shell, which puts in the script's own variables and nothing else. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const parts = word.split(/(\$\{(?:PROJECT_NUMBER|RULES_FILE)\})/);
  if (parts.length === 1) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  // Every other part is a variable.
  const escaped = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replaceAll(/["\\$`]/g, String.raw`\$&`),
  );
  return `"${escaped.join('')}"`;
}
