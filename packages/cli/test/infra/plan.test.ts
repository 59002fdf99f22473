import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredResources } from '../../src/infra/desired.ts';
import { workerPrincipals } from '../../src/infra/grants.ts';
import { type Found, keyOf, planApply, planDestroy } from '../../src/infra/plan.ts';
import { editPolicy, grantsIn } from '../../src/infra/policy.ts';
import { findProblems } from '../../src/infra/problems.ts';
import { readTarget } from '../../src/infra/project.ts';
import { renderPlan } from '../../src/infra/render-plan.ts';
import type { Grant, Resource } from '../../src/infra/resources.ts';

const options = { project: 'my-project', projectNumber: '12', sourceBucket: ['photos'] };
const target = readTarget({ ...options, location: 'eu' }, {});
const desired = desiredResources(target);
const workers = workerPrincipals(target);
const one = (wanted: string): Resource => desired.find(({ name }) => name === wanted)!;
const subscription = one('imagen-comic-workers');
const results = one('my-project-imagen-results');
const photos = one('photos');

const planOf = (resource: Resource, found: Found) =>
  planApply([resource], new Map([[keyOf(resource), found]]), workers);
const problemsOf = (resource: Resource, settings: Found['settings']) => {
  const found = new Map([[keyOf(resource), { settings, grants: resource.grants }]]);
  return findProblems([resource], found, planApply([resource], found, workers));
};

describe('the plan', () => {
  it('says in plain words what is to be created, changed and removed', () => {
    const [, lost] = subscription.grants;
    const admin = { role: 'roles/pubsub.admin', member: subscription.grants[0]!.member };
    const settings = { ...subscription.settings, 'ack deadline': '10 s', redelivery: 'at once' };
    const changes = planOf(subscription, { settings, grants: [subscription.grants[0]!, admin] });
    expect(lost?.member).toContain('gcp-sa-pubsub');
    expect(renderPlan(changes)).toBe(`~ change subscription imagen-comic-workers
    ~ ack deadline: 10 s → 30 s
    ~ redelivery: at once → after 5 s to 120 s
    - roles/pubsub.admin for imagen/comic-worker
    + roles/pubsub.subscriber for Pub/Sub's service agent
0 to create, 1 to change, 0 to remove`);
  });

  it('is empty where all is as it should be, whatever else is there', () => {
    const settings = { ...results.settings, 'storage class': 'NEARLINE' };
    const other = { role: 'roles/storage.admin', member: 'user:alice@example.com' };
    expect(planOf(results, { settings, grants: [other, ...results.grants] })).toEqual([]);
  });

  it('narrows a condition that is too wide', () => {
    const [creator, ...others] = results.grants;
    const wide = { ...creator!, condition: { ...creator!.condition!, expression: 'true' } };
    const changes = planOf(results, { settings: results.settings, grants: [wide, ...others] });
    expect(changes).toMatchObject([{ add: [creator], remove: [wide] }]);
  });

  it('of a source bucket has grants and nothing else, and takes none away', () => {
    const { member } = photos.grants[0]!;
    const admin = { role: 'roles/storage.admin', member };
    expect(planOf(photos, { settings: { lifecycle: 'any' }, grants: [admin] })).toMatchObject([
      { action: 'change', settings: [], add: photos.grants, remove: [] },
    ]);
  });

  it('to destroy comes in the opposite order and leaves source buckets in place', () => {
    const found = new Map(
      desired.map((resource) => [keyOf(resource), { settings: {}, grants: resource.grants }]),
    );
    const changes = planDestroy(desired, found);
    expect(changes.map(({ resource }) => resource)).toEqual(desired.toReversed());
    expect(changes[0]).toMatchObject({ action: 'change', remove: photos.grants });
    expect(changes.slice(1).every(({ action }) => action === 'remove')).toBe(true);
  });
});

it.each([
  [
    'filter',
    subscription,
    'attributes.a = "b"',
    'pubsub subscriptions delete imagen-comic-workers',
  ],
  ['message ordering', subscription, 'on', 'pubsub subscriptions delete imagen-comic-workers'],
  ['detached', subscription, 'yes', 'pubsub subscriptions delete imagen-comic-workers'],
  ['location', results, 'US', 'Name another bucket in IMAGEN_RESULTS_BUCKET'],
  ['number of its project', results, '666', 'Name another bucket in IMAGEN_RESULTS_BUCKET'],
] as const)(
  '%s cannot be changed in place, and the plan says so',
  (word, resource, from, wayOut) => {
    const problems = problemsOf(resource, { ...resource.settings, [word]: from });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${word} of ${resource.kind} ${resource.name}: ${from} → `);
    expect(problems[0]).toContain(wayOut);
  },
);

describe('a policy', () => {
  const grant: fc.Arbitrary<Grant> = fc.record(
    {
      role: fc.constantFrom('roles/a', 'roles/b'),
      member: fc.constantFrom('user:alice', 'user:bob', 'user:carol'),
      condition: fc.constant({ title: 'when', expression: 'true' }),
    },
    { requiredKeys: ['role', 'member'] },
  );
  const text = (grants: readonly Grant[]): string[] =>
    [...new Set(grants.map((each) => JSON.stringify(each)))].toSorted();

  it('has after an edit what was added, not what was removed, and else what it had', () => {
    const property = fc.property(
      fc.uniqueArray(grant, { selector: (each) => JSON.stringify(each) }),
      fc.array(grant, { maxLength: 3 }),
      (before, remove) => {
        const policy = editPolicy({ bindings: [], etag: 'e' }, { add: before, remove: [] });
        const after = editPolicy(policy, { add: [], remove });
        const gone = new Set(text(remove));
        expect(text(grantsIn(policy))).toEqual(text(before));
        expect(grantsIn(editPolicy(policy, { add: before, remove: [] }))).toEqual(grantsIn(policy));
        expect(text(grantsIn(after))).toEqual(text(before).filter((each) => !gone.has(each)));
        expect(after.etag).toBe('e');
      },
    );
    fc.assert(property);
  });
});
