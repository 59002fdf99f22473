import type { v1 } from '@google-cloud/pubsub';
import { EVENTS_TOPIC, topicPath } from '@imagen/contracts';
import { JobError } from '../errors.ts';
import type { Events } from '../ports.ts';

/** A publish that takes longer is given up; the job's redelivery publishes again. */
const PUBLISH_TIMEOUT_MS = 10_000;

/** Announces finished jobs on the events topic of a project. */
export function openEvents(client: v1.PublisherClient, projectId: string): Events {
  const topic = topicPath(projectId, EVENTS_TOPIC);
  return {
    async publish(event) {
      const { jobId, operation, outcome } = event.record;
      const message = {
        data: Buffer.from(JSON.stringify(event)),
        attributes: { jobId, operation, outcome },
      };
      try {
        await client.publish({ topic, messages: [message] }, { timeout: PUBLISH_TIMEOUT_MS });
      } catch (cause) {
        throw new JobError('PUBLISH_FAILED', `cannot publish to ${EVENTS_TOPIC}`, { cause });
      }
    },
  };
}
