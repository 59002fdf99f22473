import process from 'node:process';
import { EVENTS_TOPIC, topicPath } from '@imagen/contracts';
import type { CloudClients } from '@imagen/worker';
import { type CloudEnvironment, connectProject } from '../cloud.ts';
import { bucketServers } from './bucket-servers.ts';
import { desiredResources } from './desired.ts';
import {
  type InfraOptions,
  lookUpProjectNumber,
  pubsubHasIam,
  readTarget,
  storageHasIam,
} from './project.ts';
import { pubsubServers } from './pubsub-servers.ts';
import type { Resource, Target } from './resources.ts';
import type { Servers } from './servers.ts';

/** A project to be looked at and changed. */
export interface Session extends AsyncDisposable {
  readonly target: Target;
  readonly desired: readonly Resource[];
  readonly servers: Servers;
  readonly clients: CloudClients;
  /** What the person should know of this cloud. */
  readonly notes: readonly string[];
}

/** Connects to the cloud that the environment names. @throws UsageError */
export async function openSession(
  options: InfraOptions,
  environment: CloudEnvironment = process.env,
): Promise<Session> {
  const wanted = readTarget(options, environment);
  const clients = connectProject(wanted.projectId, environment);
  await using opening = new AsyncDisposableStack();
  // A client that never got credentials cannot be closed either; what it failed at has been said.
  opening.defer(async () => clients.close().catch(() => undefined));
  const { target, notes } = await withIam(wanted, clients, environment);
  const servers = {
    ...pubsubServers(clients, target.projectId),
    ...bucketServers(clients.storage),
  };
  const open = opening.move();
  return {
    target,
    desired: desiredResources(target),
    servers,
    clients,
    notes,
    [Symbol.asyncDispose]: async () => open.disposeAsync(),
  };
}

/** Google's services have IAM; those on this machine are asked. */
async function withIam(
  target: Target,
  clients: CloudClients,
  environment: CloudEnvironment,
): Promise<{ target: Target; notes: string[] }> {
  const { projectId, resultsBucket } = target;
  const pubsubHost = environment['PUBSUB_EMULATOR_HOST'];
  const storageHost = environment['STORAGE_EMULATOR_HOST'];
  const isLocal = pubsubHost !== undefined || storageHost !== undefined;
  if (isLocal && target.projectNumber === undefined) {
    const notes = ['IAM skipped: principals are named by --project-number, and none is given'];
    return { target, notes };
  }
  const pubsub = !pubsubHost || (await pubsubHasIam(clients, topicPath(projectId, EVENTS_TOPIC)));
  const storage = !storageHost || (await storageHasIam(clients, resultsBucket));
  const projectNumber = target.projectNumber ?? (await lookUpProjectNumber(projectId));
  const skipped = [
    ...(pubsub ? [] : [`the Pub/Sub at ${pubsubHost}`]),
    ...(storage ? [] : [`the Cloud Storage at ${storageHost}`]),
  ];
  const notes = skipped.map((server) => `IAM skipped: this server has none: ${server}`);
  return { target: { ...target, projectNumber, iam: { pubsub, storage } }, notes };
}
