import process from 'node:process';
import { say, startProgress } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { applyChange } from './apply.ts';
import type { Change } from './plan.ts';
import type { Servers } from './servers.ts';

/**
 * Makes the changes one after the other; false when one failed, which is said. What is done stays done: the next plan
 * has the rest. @throws the signal's reason, between two changes
 */
export async function carryOut(
  servers: Servers,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<boolean> {
  const progress = startProgress(changes.length, `${changes.length} changes`);
  for (const [done, change] of changes.entries()) {
    signal.throwIfAborted();
    const { action, resource } = change;
    const what = `${action} ${resource.kind} ${resource.name}`;
    try {
      await applyChange(servers, change);
    } catch (error) {
      progress.finish(`${done} of ${changes.length} done`);
      say(`cannot ${what}: ${error instanceof Error ? error.message : String(error)}`);
      say('What is done stays done: run it again for the rest.');
      return false;
    }
    progress.advance(what);
  }
  progress.finish('done');
  return true;
}

/** What to ask a person before anything is changed: resolves with true to go on. */
export type Ask = () => Promise<boolean>;

/** True where a person has said yes. @throws UsageError where there is nobody to ask */
export async function confirmed(yes: boolean | undefined, ask: Ask): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY && process.stderr.isTTY) {
    const isWanted = await ask();
    if (!isWanted) say('nothing was changed');
    return isWanted;
  }
  throw new UsageError(
    'nothing was changed: there is no terminal to ask on; look at it, then give --yes',
  );
}
