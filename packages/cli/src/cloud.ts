import process from 'node:process';
import { type CloudClients, createClients, openObjects, type StoredObjects } from '@imagen/worker';
import { UsageError } from './usage-error.ts';

/** The cloud a command talks to. */
export interface Cloud extends CloudClients {
  readonly projectId: string;
  /** Where `imagen submit` puts local files. */
  readonly sourcesBucket: string;
  /** Where results and records are. */
  readonly resultsBucket: string;
  readonly objects: StoredObjects;
}

/** Environment variables that name a cloud; `imagen dev` prints them. */
export type CloudEnvironment = Readonly<Record<string, string | undefined>>;

/** Connects to the cloud the environment names. @throws UsageError naming every variable that is missing */
export function connectCloud(environment: CloudEnvironment = process.env): Cloud {
  const names = ['GOOGLE_CLOUD_PROJECT', 'IMAGEN_RESULTS_BUCKET', 'IMAGEN_SOURCES_BUCKET'] as const;
  const [projectId, resultsBucket, sourcesBucket] = names.map((name) => environment[name]);
  if (!projectId || !resultsBucket || !sourcesBucket) {
    const missing = names.filter((name) => !environment[name]);
    throw new UsageError(
      `not set: ${missing.join(', ')}. For a local cloud run "imagen dev" and copy the environment it prints`,
    );
  }
  const clients = connectProject(projectId, environment);
  const objects = openObjects(clients.storage, resultsBucket);
  return { ...clients, projectId, resultsBucket, sourcesBucket, objects };
}

/** Connects to Pub/Sub and Cloud Storage, Google's or those on this machine that the environment names. */
export function connectProject(projectId: string, environment: CloudEnvironment): CloudClients {
  return createClients({
    projectId,
    pubsubEmulatorHost: environment['PUBSUB_EMULATOR_HOST'],
    storageEmulatorHost: environment['STORAGE_EMULATOR_HOST'],
  });
}
