import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyChange, findResources } from '../../src/infra/apply.ts';
import { workerPrincipals } from '../../src/infra/grants.ts';
import { type Change, planApply } from '../../src/infra/plan.ts';
import type { Resource } from '../../src/infra/resources.ts';
import { openSession, type Session } from '../../src/infra/session.ts';
import { type InfraCloud, startInfraCloud } from './support/infra-cloud.ts';

let cloud: InfraCloud;
beforeEach(async () => {
  cloud = await startInfraCloud();
});
afterEach(async () => cloud[Symbol.asyncDispose]());

/** How a resource is before: not there, there without its grants, with one of them, or as it should be. */
const state = fc.constantFrom('absent', 'bare', 'first grant', 'right');
/** Settings that another hand has changed. */
const drifts = fc.record({
  ackDeadlineSeconds: fc.integer({ min: 10, max: 600 }),
  retainAckedMessages: fc.boolean(),
  retryPolicy: fc.constantFrom(null, {
    minimumBackoff: { seconds: 1 },
    maximumBackoff: { seconds: 9 },
  }),
  publicAccessPrevention: fc.constantFrom('inherited', 'enforced'),
});

async function readPlan({ servers, desired, target }: Session): Promise<Change[]> {
  const found = await findResources(servers, desired, target);
  return planApply(desired, found, workerPrincipals(target));
}

/** The change that brings a resource into a state, with drifted settings. */
function seed(resource: Resource, to: string, drifted: Record<string, unknown>): Change[] {
  if (to === 'absent') return [];
  const { grants, kind, message } = resource;
  const add = { bare: [], 'first grant': grants.slice(0, 1) }[to] ?? grants;
  const { publicAccessPrevention, ...fields } = drifted;
  const iamConfiguration = { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention };
  const more = { topic: {}, subscription: fields, bucket: { iamConfiguration } }[kind as 'topic'];
  const seeded = { ...resource, message: { ...message, ...more } } as Resource;
  return [{ action: 'create', resource: seeded, settings: [], add, remove: [] }];
}

it('from any part of it, drifted or not, one apply makes all of it', async () => {
  let project = 0;
  const anyStates = fc.array(state, { minLength: 28, maxLength: 28 });
  const property = fc.asyncProperty(anyStates, drifts, async (states, drifted) => {
    project += 1;
    const options = { project: `project-${project}`, projectNumber: '12', sourceBucket: [] };
    await using session = await openSession(options, cloud.environment);
    const topics = new Set<string>();
    for (const [index, resource] of session.desired.entries()) {
      // What a subscription refers to must be there before it.
      if (resource.kind === 'topic' && states[index] !== 'absent') topics.add(resource.name);
      if (resource.kind === 'subscription' && !refersTo(resource.message, topics)) continue;
      for (const change of seed(resource, states[index]!, drifted)) {
        await applyChange(session.servers, change);
      }
    }
    for (const change of await readPlan(session)) await applyChange(session.servers, change);
    expect(await readPlan(session)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 30 });
});

/** True where the topics that a subscription names are among those. */
function refersTo(
  { topic, deadLetterPolicy }: { topic?: string | null; deadLetterPolicy?: object | null },
  topics: ReadonlySet<string>,
): boolean {
  const named = [topic, deadLetterPolicy && Reflect.get(deadLetterPolicy, 'deadLetterTopic')];
  return named.every((path) => !path || topics.has(String(path).split('/').at(-1) ?? ''));
}
