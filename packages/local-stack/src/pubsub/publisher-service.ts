import { checkMessages } from './limits.ts';
import type { FieldMask, PageRequest, PubsubMessage, TopicSettings } from './messages.ts';
import { page } from './page.ts';
import type { Registry } from './registry.ts';
import { checkProject } from './resource-names.ts';
import { invalidArgument } from './rpc-error.ts';
import type { UnaryHandler } from './rpc.ts';
import { completeTopic, updateTopic } from './topic-settings.ts';

/** Handlers of google.pubsub.v1.Publisher. */
export function publisherHandlers(registry: Registry): Record<string, UnaryHandler> {
  return {
    CreateTopic: (request: TopicSettings) => registry.createTopic(completeTopic(request)).settings,

    GetTopic: (request: { topic: string }) => registry.topic(request.topic).settings,

    UpdateTopic: (request: { topic: TopicSettings | null; updateMask: FieldMask | null }) => {
      if (request.topic === null) throw invalidArgument('No topic to update is given.');
      const topic = registry.topic(request.topic.name);
      topic.settings = updateTopic(topic.settings, request.topic, request.updateMask);
      return topic.settings;
    },

    DeleteTopic: (request: { topic: string }) => {
      registry.deleteTopic(request.topic);
      return {};
    },

    ListTopics: (request: PageRequest & { project: string }) => {
      checkProject(request.project);
      const topics = [...registry.topics]
        .map(({ settings }) => settings)
        .filter(({ name }) => name.startsWith(`${request.project}/`));
      const { page: found, nextPageToken } = page(topics, ({ name }) => name, request);
      return { topics: found, nextPageToken };
    },

    ListTopicSubscriptions: (request: PageRequest & { topic: string }) => {
      const { subscriptions } = registry.topic(request.topic);
      const names = [...subscriptions].map(({ settings }) => settings.name);
      const { page: found, nextPageToken } = page(names, (name) => name, request);
      return { subscriptions: found, nextPageToken };
    },

    Publish: (request: { topic: string; messages: PubsubMessage[] }) => {
      const topic = registry.topic(request.topic);
      checkMessages(request.messages);
      return { messageIds: registry.publish(topic, request.messages) };
    },
  };
}
