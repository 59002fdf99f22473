export { type CloudClients, type CloudTarget, createClients } from './gcp/clients.ts';
export { openObjects, type StoredObjects } from './gcp/objects.ts';
export { provision, type SubscriptionMessage, subscriptionMessage } from './gcp/provision.ts';
export { codeOf } from './gcp/retry.ts';
export { openSubscription, type ReceivedMessage, type Subscription } from './gcp/subscription.ts';
export { digestOf, findJobId } from './parse-job.ts';
