export { type CloudClients, type CloudTarget, createClients } from './gcp/clients.ts';
export { openObjects, type StoredObjects } from './gcp/objects.ts';
export { provision } from './gcp/provision.ts';
export { openSubscription, type ReceivedMessage, type Subscription } from './gcp/subscription.ts';
export { digestOf, findJobId } from './parse-job.ts';
