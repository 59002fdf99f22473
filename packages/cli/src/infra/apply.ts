import { codeOf } from '@imagen/worker';
import { UsageError } from '../usage-error.ts';
import { type Change, type Found, type FoundResources, keyOf } from './plan.ts';
import { editPolicy, grantsIn } from './policy.ts';
import type { Kind, Resource, ResourceOf, Target } from './resources.ts';
import type { Servers } from './servers.ts';

/** Someone else wrote the policy between our reading and writing it: gRPC's ABORTED, HTTP's Conflict and Precondition Failed. */
const CONFLICTS: ReadonlySet<number> = new Set([10, 409, 412]);
const MAX_TRIES = 5;
const HTTP_FORBIDDEN = 403;

/** What of the desired resources is there, and how it is. @throws UsageError */
export async function findResources(
  servers: Servers,
  desired: readonly Resource[],
  { iam, projectNumber }: Target,
): Promise<FoundResources> {
  const found = desired.map(async (resource): Promise<[string, Found][]> => {
    const { kind, name } = resource;
    const hasIam = kind.endsWith('bucket') ? iam.storage : iam.pubsub;
    const readsPolicy = hasIam && projectNumber !== undefined;
    try {
      const settings = await servers[kind].find(name);
      if (settings === undefined) return [];
      const grants = readsPolicy ? grantsIn(await servers[kind].readPolicy(name)) : [];
      return [[keyOf(resource), { settings, grants }]];
    } catch (error) {
      throw explained(error, resource);
    }
  });
  return new Map((await Promise.all(found)).flat());
}

function explained(cause: unknown, { kind, name }: Resource): UsageError {
  const problem = cause instanceof Error ? cause.message : String(cause);
  const isTaken = kind === 'bucket' && codeOf(cause) === HTTP_FORBIDDEN;
  const hint = isTaken ? '. If it is not yours, name another: names are global' : '';
  return new UsageError(`cannot look at ${kind} ${name}: ${problem}${hint}`, { cause });
}

/** Makes one change. Cut off anywhere, the rest of it is seen by the next plan. @throws the service's error */
export async function applyChange(servers: Servers, change: Change): Promise<void> {
  await applyTo(servers, change.resource, change);
}

async function applyTo<K extends Kind>(
  servers: Servers,
  resource: ResourceOf<K>,
  { action, settings, add, remove }: Change,
): Promise<void> {
  const server: Servers[K] = servers[resource.kind];
  const { name } = resource;
  if (action === 'remove') return server.remove(name);
  if (action === 'create') await server.create(resource);
  const words = settings.map(({ word }) => word);
  if (words.length > 0) await server.update(resource, words);
  if (add.length + remove.length > 0) await changePolicy(server, name, { add, remove });
}

/** Reads, edits and writes; once more where someone else was faster. */
async function changePolicy(
  server: Pick<Servers[Kind], 'readPolicy' | 'writePolicy'>,
  name: string,
  edits: Pick<Change, 'add' | 'remove'>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const policy = await server.readPolicy(name);
    try {
      return await server.writePolicy(name, editPolicy(policy, edits));
    } catch (error) {
      if (tries === MAX_TRIES || !CONFLICTS.has(codeOf(error))) throw error;
    }
  }
}
