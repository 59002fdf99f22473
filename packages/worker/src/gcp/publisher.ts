import type { v1 } from '@google-cloud/pubsub';
import { EVENTS_TOPIC, topicPath } from '@imagen/contracts';
import { JobError } from '../errors.ts';
import type { Events } from '../ports.ts';
import { withRetries } from './retry.ts';

/** A try that takes longer is given up; events may be said twice. */
const TRY_LIMIT_MS = 10_000;

/** Announces finished jobs on the events topic of a project. */
export function openEvents(client: v1.PublisherClient, projectId: string): Events {
  const topic = topicPath(projectId, EVENTS_TOPIC);
  return {
    async publish(event, signal) {
      const { jobId, operation, outcome } = event.record;
      const message = {
        data: Buffer.from(JSON.stringify(event)),
        attributes: { jobId, operation, outcome },
      };
      const options = { timeout: TRY_LIMIT_MS, retry: null };
      try {
        await withRetries({ signal, tryLimitMs: TRY_LIMIT_MS }, async () =>
          client.publish({ topic, messages: [message] }, options),
        );
      } catch (cause) {
        signal.throwIfAborted();
        throw new JobError('PUBLISH_FAILED', `cannot publish to ${EVENTS_TOPIC}`, { cause });
      }
    },
  };
}
