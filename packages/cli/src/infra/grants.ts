import {
  deadLetterTopic,
  EVENTS_TOPIC,
  finaliserSubscription,
  OPERATION_NAMES,
  type OperationName,
  RECORD_FOLDER,
  resultFolder,
  workerSubscription,
} from '@imagen/contracts';
import type { Grant, Target } from './resources.ts';

/** Where a grant is made, and the grant. */
type PlacedGrant = readonly [place: string, Grant];

/** Whom roles are granted to. */
type Principals = Pick<Target, 'projectId' | 'projectNumber'>;

const PULL = 'roles/pubsub.subscriber';
const PUBLISH = 'roles/pubsub.publisher';
const READ = 'roles/storage.objectViewer';

/** Namespace and names of service accounts in k8s/. */
const NAMESPACE = 'imagen';
const serviceAccount = (operation: OperationName): string => `${operation}-worker`;

/** Who the workers of an operation are, through Workload Identity Federation. */
function workerPrincipal({ projectId, projectNumber }: Principals, operation: OperationName) {
  const pool = `projects/${projectNumber}/locations/global/workloadIdentityPools/${projectId}.svc.id.goog`;
  return `principal://iam.googleapis.com/${pool}/subject/ns/${NAMESPACE}/sa/${serviceAccount(operation)}`;
}

/** All of them. */
export function workerPrincipals(target: Principals): ReadonlySet<string> {
  return new Set(OPERATION_NAMES.map((operation) => workerPrincipal(target, operation)));
}

/** Pub/Sub itself, which moves dead letters. */
function pubsubAgent({ projectNumber }: Principals): string {
  return `serviceAccount:service-${projectNumber}@gcp-sa-pubsub.iam.gserviceaccount.com`;
}

/** Who may do what: everything that the fleet calls, and nothing else. By kind and name: `topic imagen-comic`. */
export function grantsByPlace(target: Target): ReadonlyMap<string, readonly Grant[]> {
  const places = Map.groupBy(allGrants(target), ([place]) => place);
  return new Map([...places].map(([place, placed]) => [place, placed.map(([, grant]) => grant)]));
}

function allGrants(target: Target): PlacedGrant[] {
  const { projectNumber, iam } = target;
  if (projectNumber === undefined) return [];
  const perOperation = [
    ...(iam.pubsub ? [queueGrants] : []),
    ...(iam.storage ? [objectGrants] : []),
  ];
  return perOperation.flatMap((grants) =>
    OPERATION_NAMES.flatMap((operation) => grants(target, operation)),
  );
}

function queueGrants(target: Target, operation: OperationName): PlacedGrant[] {
  const member = workerPrincipal(target, operation);
  const agent = pubsubAgent(target);
  const [jobs, deadLetters] = [workerSubscription(operation), finaliserSubscription(operation)];
  return [
    [`subscription ${jobs}`, { role: PULL, member }],
    [`subscription ${deadLetters}`, { role: PULL, member }],
    [`topic ${EVENTS_TOPIC}`, { role: PUBLISH, member }],
    // A dead letter is published to one topic and acked on the subscription that it comes from.
    [`topic ${deadLetterTopic(operation)}`, { role: PUBLISH, member: agent }],
    [`subscription ${jobs}`, { role: PULL, member: agent }],
  ];
}

function objectGrants(target: Target, operation: OperationName): PlacedGrant[] {
  const { resultsBucket, sourcesBucket, sourceBuckets } = target;
  const member = workerPrincipal(target, operation);
  const condition = ownObjects(resultsBucket, operation);
  const sources = [...new Set([sourcesBucket, ...sourceBuckets])];
  const results = `bucket ${resultsBucket}`;
  return [
    [results, { role: 'roles/storage.objectCreator', member, condition }],
    [results, { role: READ, member, condition }],
    // Health checks look at the bucket, and who may not list is told 403 instead of 404 of an object that is not there.
    [results, { role: 'roles/storage.legacyBucketReader', member }],
    ...sources.map((name): PlacedGrant => [`bucket ${name}`, { role: READ, member }]),
  ];
}

function ownObjects(bucket: string, operation: OperationName): NonNullable<Grant['condition']> {
  const folders = [resultFolder(operation), RECORD_FOLDER];
  const starts = folders.map(
    (folder) => `resource.name.startsWith("projects/_/buckets/${bucket}/objects/${folder}")`,
  );
  return { title: `imagen: ${folders.join(' and ')}`, expression: starts.join(' || ') };
}

/** A member in words. */
export function showMember(member: string): string {
  if (/^serviceAccount:service-\S+@gcp-sa-pubsub\./.test(member)) return "Pub/Sub's service agent";
  const account = /^principal:.*\/subject\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(member);
  return account ? `${account[1]}/${account[2]}` : member;
}
