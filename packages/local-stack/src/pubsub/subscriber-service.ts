import { checkModifiedDeadline, checkRange } from './limits.ts';
import type { FieldMask, PageRequest, SubscriptionSettings } from './messages.ts';
import { page } from './page.ts';
import type { Registry } from './registry.ts';
import { checkProject } from './resource-names.ts';
import { invalidArgument } from './rpc-error.ts';
import type { Handlers, UnaryHandler } from './rpc.ts';
import { StreamingPull } from './streaming-pull.ts';
import { completeSubscription, updateSubscription } from './subscription-settings.ts';

/** Handlers of google.pubsub.v1.Subscriber. */
export function subscriberHandlers(registry: Registry): Handlers {
  return {
    unary: { ...resourceHandlers(registry), ...deliveryHandlers(registry) },
    streaming: { StreamingPull: (sink) => new StreamingPull(registry, sink) },
  };
}

function resourceHandlers(registry: Registry): Record<string, UnaryHandler> {
  return {
    CreateSubscription: (request: SubscriptionSettings) =>
      registry.createSubscription(completeSubscription(request)).settings,

    GetSubscription: (request: { subscription: string }) =>
      registry.subscription(request.subscription).settings,

    UpdateSubscription: (request: {
      subscription: SubscriptionSettings | null;
      updateMask: FieldMask | null;
    }) => {
      const { subscription: requested, updateMask } = request;
      if (requested === null) throw invalidArgument('No subscription to update is given.');
      const subscription = registry.subscription(requested.name);
      const updated = updateSubscription(subscription.settings, requested, updateMask);
      registry.updateSubscription(subscription, updated);
      return updated;
    },

    DeleteSubscription: (request: { subscription: string }) => {
      registry.deleteSubscription(request.subscription);
      return {};
    },

    ListSubscriptions: (request: PageRequest & { project: string }) => {
      checkProject(request.project);
      const all = [...registry.subscriptions]
        .map(({ settings }) => settings)
        .filter(({ name }) => name.startsWith(`${request.project}/`));
      const { page: subscriptions, nextPageToken } = page(all, ({ name }) => name, request);
      return { subscriptions, nextPageToken };
    },
  };
}

function deliveryHandlers(registry: Registry): Record<string, UnaryHandler> {
  return {
    Pull: async (
      request: { subscription: string; maxMessages: number; returnImmediately: boolean },
      cancelled,
    ) => {
      const subscription = registry.subscription(request.subscription);
      checkRange('maxMessages', request.maxMessages, { min: 1, max: Infinity });
      const { maxMessages, returnImmediately } = request;
      return {
        receivedMessages: await subscription.pull(maxMessages, { returnImmediately, cancelled }),
      };
    },

    Acknowledge: (request: { subscription: string; ackIds: string[] }) => {
      const subscription = registry.subscription(request.subscription);
      checkAckIds(request.ackIds);
      subscription.acknowledge(request.ackIds);
      return {};
    },

    ModifyAckDeadline: (request: {
      subscription: string;
      ackIds: string[];
      ackDeadlineSeconds: number;
    }) => {
      const subscription = registry.subscription(request.subscription);
      checkAckIds(request.ackIds);
      checkModifiedDeadline(request.ackDeadlineSeconds);
      subscription.modifyAckDeadline(request.ackIds, request.ackDeadlineSeconds);
      return {};
    },
  };
}

function checkAckIds(ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids are given; name at least one.');
}
