import { readFileSync } from 'node:fs';
import { deadLetterTopic, OPERATION_NAMES, recordObject, resultObject } from '@imagen/contracts';
import { describe, expect, it } from 'vitest';
import { hasKubectl, ofKind, render } from '../../../../test/k8s/support/manifests.ts';
import { desiredResources } from '../../src/infra/desired.ts';
import { workerPrincipals } from '../../src/infra/grants.ts';
import { readTarget } from '../../src/infra/project.ts';
import type { Grant } from '../../src/infra/resources.ts';

const SETTINGS = new URL('../../../../k8s/overlays/default/settings.env', import.meta.url);
const options = { project: 'my-project', projectNumber: '12', sourceBucket: ['photos'] };
const target = readTarget({ ...options, resultsDays: '30' }, {});
const desired = desiredResources(target);

/** Every grant of one member, with the resource that it is on. */
const grantsOf = (isMember: (member: string) => boolean): (readonly [string, Grant])[] =>
  desired.flatMap(({ name, grants }) =>
    grants.filter(({ member }) => isMember(member)).map((grant) => [name, grant] as const),
  );
const roles = (grants: readonly (readonly [string, Grant])[]): string[] =>
  grants.map(([name, { role }]) => `${name}: ${role.replace('roles/', '')}`).toSorted();

describe('the workers of an operation', () => {
  const comic = grantsOf((member) => member.endsWith('/sa/comic-worker'));

  it('may do what they call, and nothing else', () => {
    expect(roles(comic)).toEqual([
      'imagen-comic-dlq-finaliser: pubsub.subscriber',
      'imagen-comic-workers: pubsub.subscriber',
      'imagen-job-events: pubsub.publisher',
      'my-project-imagen-results: storage.legacyBucketReader',
      'my-project-imagen-results: storage.objectCreator',
      'my-project-imagen-results: storage.objectViewer',
      'my-project-imagen-sources: storage.objectViewer',
      'photos: storage.objectViewer',
    ]);
  });

  it('write and read results and records of their own alone', () => {
    const conditions = comic.flatMap(([, { condition }]) => condition?.expression ?? []);
    const path = 'projects/_/buckets/my-project-imagen-results/objects/';
    const starts = [...new Set(conditions)].flatMap((expression) =>
      [...expression.matchAll(/resource\.name\.startsWith\("([^"]+)"\)/g)].map(
        ([, start]) => start!,
      ),
    );
    const isAllowed = (object: string) =>
      starts.some((start) => `${path}${object}`.startsWith(start));
    expect(conditions).toHaveLength(2);
    expect(isAllowed(resultObject('comic', 'cat', 'png'))).toBe(true);
    expect(isAllowed(recordObject('cat'))).toBe(true);
    expect(isAllowed(resultObject('upscale', 'cat', 'png'))).toBe(false);
  });

  it.skipIf(!hasKubectl)('are the service accounts of the manifests (needs kubectl)', () => {
    const accounts = ofKind(render('.'), 'ServiceAccount').map(({ metadata }) => metadata);
    const workers = accounts.filter(
      ({ labels }) => labels?.['app.kubernetes.io/name'] === 'worker',
    );
    const subjects = workers.map(({ name, namespace }) => `/subject/ns/${namespace}/sa/${name}`);
    const principals = [...workerPrincipals(target)];
    const pool = 'projects/12/locations/global/workloadIdentityPools/my-project.svc.id.goog';
    expect(principals.toSorted()).toEqual(
      subjects.map((subject) => `principal://iam.googleapis.com/${pool}${subject}`).toSorted(),
    );
  });
});

it('Pub/Sub itself may move dead letters of every operation', () => {
  const agent = grantsOf((member) => member.startsWith('serviceAccount:service-12@gcp-sa-pubsub.'));
  const expected = OPERATION_NAMES.flatMap((operation) => [
    `${deadLetterTopic(operation)}: pubsub.publisher`,
    `imagen-${operation}-workers: pubsub.subscriber`,
  ]);
  expect(roles(agent)).toEqual(expected.toSorted());
});

it('the results bucket is the one that the manifests name', () => {
  const settings = readFileSync(SETTINGS, 'utf8');
  expect(settings).toContain(`IMAGEN_RESULTS_BUCKET=${target.resultsBucket}\n`);
  expect(settings).toContain(`GOOGLE_CLOUD_PROJECT=${target.projectId}\n`);
});

it('no lifecycle rule deletes a record, and none a result unless it is asked for', () => {
  const deletions = (resultsDays: number | undefined) =>
    desiredResources({ ...target, resultsDays }).flatMap((resource) =>
      resource.kind === 'bucket'
        ? (resource.message.lifecycle?.rule ?? []).filter(({ action }) => action.type === 'Delete')
        : [],
    );
  const prefixes = deletions(30).map(({ condition }) => condition.matchesPrefix ?? ['']);
  expect(prefixes).toEqual([OPERATION_NAMES.map((operation) => `${operation}/`)]);
  expect(prefixes.flat().some((prefix) => recordObject('a').startsWith(prefix))).toBe(false);
  expect(deletions(undefined)).toEqual([]);
});
