import type { BoardPlan } from '../board.ts';
import { chart } from '../panels.ts';
import { OF_OPERATION, rate } from '../promql.ts';
import { DEAD_LETTERS } from '../facts.ts';

const calls = (service: string, more = ''): string =>
  `imagen_cloud_calls_total{service="${service}"${more}}`;
/** Google's own figures: sampled every minute, up to three minutes late. */
const cloudMonitoring = (metric: string, resource: string, labels = ''): string =>
  `${metric}{monitored_resource="${resource}"${labels}}`;
const ofSubscriptions = (metric: string, role = '.*'): string =>
  cloudMonitoring(
    `pubsub_googleapis_com:subscription_${metric}`,
    'pubsub_subscription',
    `, subscription_id=~"imagen-${role}"`,
  );

/** What do Pub/Sub and Cloud Storage answer? */
export const cloud: BoardPlan = {
  uid: 'imagen-cloud',
  title: 'imagen: Pub/Sub and storage',
  says: 'What do Pub/Sub and Cloud Storage answer? Calls as the workers make them, then Google’s own figures, which come up to three minutes late.',
  variables: ['operation'],
  rows: {
    'Pub/Sub, as the workers call it': [
      chart({
        title: 'Calls to Pub/Sub',
        says: 'pull at 0: workers wait for Triton or storage, or are gone. modifyAckDeadline renews the leases of the jobs that are held.',
        unit: 'suffix: calls/s',
        queries: { '{{method}}': rate(calls('pubsub'), 'method') },
      }),
      chart({
        title: 'Calls to Pub/Sub that failed',
        says: 'After their retries. UNAVAILABLE passes; PERMISSION_DENIED and NOT_FOUND do not: IAM, or a subscription that is missing.',
        unit: 'suffix: calls/s',
        queries: {
          '{{method}} {{code}}': `${rate(calls('pubsub', ', code!="OK"'), 'method, code')} > 0`,
        },
      }),
      chart({
        title: 'Messages without a record',
        says: 'Rejected, because they name no job or one of another message; and dead letters, whose jobs get a failed record.',
        unit: 'suffix: /s',
        queries: {
          'rejected {{operation}} {{code}}': rate(
            `imagen_messages_rejected_total{${OF_OPERATION}}`,
            'operation, code',
          ),
          'dead letters {{operation}}': rate(DEAD_LETTERS, 'operation'),
        },
      }),
    ],
    'Cloud Storage, as the workers call it': [
      chart({
        title: 'Calls to storage',
        says: 'Per job one readRecord, readSource, createResult and createRecord.',
        unit: 'suffix: calls/s',
        columns: 12,
        queries: { '{{method}}': rate(calls('storage'), 'method') },
      }),
      chart({
        title: 'Calls to storage that failed',
        says: 'After their retries. SOURCE_… is the publisher’s: no such object, or no right to read it. STORAGE_UNAVAILABLE holds the jobs until the bucket answers.',
        unit: 'suffix: calls/s',
        columns: 12,
        queries: {
          '{{method}} {{code}}': `${rate(calls('storage', ', code!="OK"'), 'method, code')} > 0`,
        },
      }),
    ],
    'Subscriptions, by Cloud Monitoring': [
      chart({
        title: 'Messages not acked',
        says: 'Grows: more is published than done. Flat and not 0: a poisoned rest; see deliveries given back.',
        unit: 'suffix: messages',
        queries: {
          '{{subscription_id}}': ofSubscriptions('num_undelivered_messages', '.*-workers'),
        },
      }),
      chart({
        title: 'Oldest message not acked',
        says: 'The wait that publishers see. Over 10 minutes: the queue does not get shorter; more workers, or a GPU that is missing.',
        unit: 's',
        queries: {
          '{{subscription_id}}': ofSubscriptions('oldest_unacked_message_age', '.*-workers'),
        },
      }),
      chart({
        title: 'Dead letters to review',
        says: 'Kept for 7 days: `imagen dlq list`, then `redrive` or `purge`.',
        unit: 'suffix: messages',
        queries: {
          '{{subscription_id}}': ofSubscriptions('num_undelivered_messages', '.*-dlq-review'),
        },
      }),
      chart({
        title: 'Ack deadlines that ran out',
        says: 'Workers that died or renewed too late; each is a delivery attempt lost of 10.',
        unit: 'suffix: /s',
        columns: 12,
        queries: {
          '{{subscription_id}}': rate(
            ofSubscriptions('expired_ack_deadlines_count'),
            'subscription_id',
          ),
        },
      }),
      chart({
        title: 'Requests to the buckets',
        says: 'By response code. 429 or 503: Cloud Storage wants less at once; 403: IAM.',
        unit: 'suffix: requests/s',
        columns: 12,
        queries: {
          '{{method}} {{response_code}}': rate(
            cloudMonitoring('storage_googleapis_com:api_request_count', 'gcs_bucket'),
            'method, response_code',
          ),
        },
      }),
    ],
  },
};
