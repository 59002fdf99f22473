import { codeOf } from '@imagen/worker';
import type { Policy } from './policy.ts';
import type { Kind, ResourceOf, Settings } from './resources.ts';

/** One kind of resource at the service that has it; errors are the service's. */
interface ResourceServer<K extends Kind> {
  /** Undefined where it is not there. */
  find(name: string): Promise<Settings | undefined>;
  create(resource: ResourceOf<K>): Promise<void>;
  /** Changes the settings with these words, and no others. */
  update(resource: ResourceOf<K>, words: readonly string[]): Promise<void>;
  remove(name: string): Promise<void>;
  readPolicy(name: string): Promise<Policy>;
  /** Fails where the policy has changed since it was read: its etag tells. */
  writePolicy(name: string, policy: Policy): Promise<void>;
}

/** All of them. */
export type Servers = { readonly [K in Kind]: ResourceServer<K> };

/** gRPC's and HTTP's code of what is not there. */
const NOT_FOUND: ReadonlySet<number> = new Set([5, 404]);

/** The answer, or undefined where the service has nothing of that name. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (NOT_FOUND.has(codeOf(error))) return undefined;
    throw error;
  });
}
