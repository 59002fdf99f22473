import { type CloudClients, codeOf } from '@imagen/worker';
import { GoogleAuth } from 'google-auth-library';
import type { CloudEnvironment } from '../cloud.ts';
import { UsageError } from '../usage-error.ts';
import type { Target } from './resources.ts';

/** Options that all `imagen infra` commands have, as commander gives them. */
export interface InfraOptions {
  readonly project?: string;
  readonly projectNumber?: string;
  readonly location?: string;
  readonly resultsDays?: string;
  readonly sourceBucket: readonly string[];
}

/** What the options ask for; whether there is IAM has still to be seen. @throws UsageError */
export function readTarget(options: InfraOptions, environment: CloudEnvironment): Target {
  const projectId = options.project ?? environment['GOOGLE_CLOUD_PROJECT'] ?? '';
  const { projectNumber, location, resultsDays, sourceBucket } = options;
  check('--project', projectId, /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a project');
  check('--project-number', projectNumber, /^\d{1,19}$/, 'digits');
  check('--results-days', resultsDays, /^[1-9]\d{0,4}$/, 'a number of days from 1 to 99999');
  check('--location', location, /^[A-Za-z][A-Za-z0-9-]+$/, 'a location such as europe-west4');
  const bucketOf = (variable: string, ending: string): string =>
    bucketName(variable, environment[variable] || `${projectId}-imagen-${ending}`);
  return {
    projectId,
    projectNumber,
    iam: { pubsub: true, storage: true },
    resultsBucket: bucketOf('IMAGEN_RESULTS_BUCKET', 'results'),
    sourcesBucket: bucketOf('IMAGEN_SOURCES_BUCKET', 'sources'),
    sourceBuckets: sourceBucket.map((name) => bucketName('--source-bucket', name)),
    location,
    resultsDays: resultsDays === undefined ? undefined : Number(resultsDays),
    checksOwner: environment['STORAGE_EMULATOR_HOST'] === undefined,
  };
}

function check(option: string, value: string | undefined, shape: RegExp, expected: string): void {
  if (value === undefined || shape.test(value)) return;
  throw new UsageError(`${option} "${value}": expected ${expected}`);
}

function bucketName(from: string, name: string): string {
  check(from, name, /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'the name of a bucket');
  return name;
}

const RESOURCE_MANAGER = 'https://cloudresourcemanager.googleapis.com';

/** The number that Google Cloud has given a project; principals are named by it. @throws UsageError */
export async function lookUpProjectNumber(
  projectId: string,
  auth: Pick<GoogleAuth, 'request'> = new GoogleAuth({
    scopes: 'https://www.googleapis.com/auth/cloud-platform.read-only',
  }),
): Promise<string> {
  const url = `${RESOURCE_MANAGER}/v3/projects/${projectId}`;
  try {
    const { data } = await auth.request<{ name?: string }>({ url });
    const number = /^projects\/(\d+)$/.exec(data.name ?? '')?.[1];
    if (number !== undefined) return number;
    throw new Error(`it answered ${JSON.stringify(data)}`);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(
      `cannot look up the number of project ${projectId}: ${problem}. Give --project-number: ` +
        `gcloud projects describe ${projectId} --format='value(projectNumber)'`,
      { cause },
    );
  }
}

/** gRPC's UNIMPLEMENTED. */
const UNIMPLEMENTED = 12;

/** Whether a Pub/Sub on this machine has IAM: it answers for a topic that need not be there. */
export async function pubsubHasIam({ publisher }: CloudClients, topic: string): Promise<boolean> {
  const request = { resource: topic } as Parameters<typeof publisher.getIamPolicy>[0];
  const code = await publisher.getIamPolicy(request, { retry: null }).then(() => 0, codeOf);
  return code !== UNIMPLEMENTED;
}

/** Whether a Cloud Storage on this machine has IAM: without it, no bucket is missed, but a page. */
export async function storageHasIam({ storage }: CloudClients, bucket: string): Promise<boolean> {
  return storage
    .bucket(bucket)
    .iam.getPolicy()
    .then(
      () => true,
      (error: unknown) => ![404, 405, 501].includes(codeOf(error)) || isAboutBucket(error),
    );
}

function isAboutBucket(error: unknown): boolean {
  const errors: unknown = error instanceof Error ? Reflect.get(error, 'errors') : undefined;
  return (
    Array.isArray(errors) && errors.some((each: { reason?: unknown }) => each.reason === 'notFound')
  );
}
