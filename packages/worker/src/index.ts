export { type CloudClients, type CloudTarget, createClients } from './gcp/clients.ts';
export { openObjects, type StoredObjects } from './gcp/objects.ts';
export { provision } from './gcp/provision.ts';
