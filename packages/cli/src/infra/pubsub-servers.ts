import { subscriptionPath, topicPath } from '@imagen/contracts';
import type { CloudClients } from '@imagen/worker';
import { type Policy, POLICY_VERSION } from './policy.ts';
import { orAbsent, type Servers } from './servers.ts';
import { describe, fieldsOf } from './setting-fields.ts';
import { SUBSCRIPTION_FIELDS } from './subscription-settings.ts';

type Client = CloudClients['publisher'] | CloudClients['subscriber'];
type ReadRequest = Parameters<Client['getIamPolicy']>[0];
type WriteRequest = Parameters<Client['setIamPolicy']>[0];

/** A call that fails is not tried again by the library: the next run does. */
const ONCE = { timeout: 30_000, retry: null };

/** Topics and subscriptions of a project. */
export function pubsubServers(
  { publisher, subscriber }: CloudClients,
  projectId: string,
): Pick<Servers, 'topic' | 'subscription'> {
  const topicOf = (name: string): string => topicPath(projectId, name);
  const subscriptionOf = (name: string): string => subscriptionPath(projectId, name);
  return {
    topic: {
      async find(name) {
        const found = await orAbsent(publisher.getTopic({ topic: topicOf(name) }, ONCE));
        return found && {};
      },
      async create({ message }) {
        await publisher.createTopic(message, ONCE);
      },
      // A topic has a name and nothing else that matters here.
      async update() {},
      async remove(name) {
        await publisher.deleteTopic({ topic: topicOf(name) }, ONCE);
      },
      ...policies(publisher, topicOf),
    },
    subscription: {
      async find(name) {
        const request = { subscription: subscriptionOf(name) };
        const found = await orAbsent(subscriber.getSubscription(request, ONCE));
        return found && describe(SUBSCRIPTION_FIELDS, found[0]);
      },
      async create({ message }) {
        await subscriber.createSubscription(message, ONCE);
      },
      async update({ message }, words) {
        const paths = fieldsOf(SUBSCRIPTION_FIELDS, words).map(snakeCase);
        const request = { subscription: message, updateMask: { paths } };
        await subscriber.updateSubscription(request, ONCE);
      },
      async remove(name) {
        await subscriber.deleteSubscription({ subscription: subscriptionOf(name) }, ONCE);
      },
      ...policies(subscriber, subscriptionOf),
    },
  };
}

function policies(client: Client, pathOf: (name: string) => string) {
  return {
    async readPolicy(name: string): Promise<Policy> {
      const options = { requestedPolicyVersion: POLICY_VERSION };
      // The library's types ask for a whole message object; it takes its fields.
      const request = { resource: pathOf(name), options } as ReadRequest;
      const [policy] = await client.getIamPolicy(request, ONCE);
      return policy;
    },
    async writePolicy(name: string, policy: Policy): Promise<void> {
      const request = { resource: pathOf(name), policy } as WriteRequest;
      await client.setIamPolicy(request, ONCE);
    },
  };
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
