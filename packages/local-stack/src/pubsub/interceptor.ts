import type { Clock } from './clock.ts';
import { type FaultyRpc, type PubSubFaults, withEffect } from './faults.ts';
import { type Done, journalEntry, type JournalEntry } from './journal.ts';
import type { Registry } from './registry.ts';
import type { Interceptor } from './rpc.ts';

/** What stands between callers and the registry. */
export interface InterceptorParts {
  readonly registry: Registry;
  readonly faults: PubSubFaults;
  readonly clock: Clock;
  /** Gets every RPC, if it is there. */
  readonly journal: JournalEntry[] | undefined;
}

/** Lets faults strike, and keeps the journal: what the server did, not what its caller was told. */
export function interceptor({ registry, faults, clock, journal }: InterceptorParts): Interceptor {
  return async (rpc, request, proceed) => {
    const effect = faults.strike(rpc as FaultyRpc);
    let done: Done | undefined;
    const act = async (): Promise<object> => {
      try {
        const response = await proceed();
        done = { response };
        return response;
      } catch (error) {
        done = { error };
        throw error;
      }
    };
    try {
      return await (effect ? withEffect(effect, request, act, registry) : act());
    } finally {
      journal?.push(journalEntry(clock.now(), { rpc, request, done, fault: effect?.kind }));
    }
  };
}
