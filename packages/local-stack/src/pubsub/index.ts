export type { Clock, Timer } from './clock.ts';
export { type PubSubOptions, type PubSubServer, startPubSub } from './server.ts';
