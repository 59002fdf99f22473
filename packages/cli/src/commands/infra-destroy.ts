import process from 'node:process';
import { text } from '@clack/prompts';
import { findResources } from '../infra/apply.ts';
import { holdsObjects } from '../infra/bucket-servers.ts';
import { carryOut, confirmed } from '../infra/carry-out.ts';
import { type Change, planDestroy } from '../infra/plan.ts';
import type { InfraOptions } from '../infra/project.ts';
import { renderPlan } from '../infra/render-plan.ts';
import { openSession, type Session } from '../infra/session.ts';
import { print, say } from '../output.ts';

/** Options of `imagen infra destroy`. */
export interface DestroyOptions extends InfraOptions {
  readonly yes?: boolean;
}

/** Deletes what `apply` makes, after asking; nothing at all while a bucket holds objects. Exit code 1 where something is left. @throws UsageError */
export async function destroy(options: DestroyOptions, signal: AbortSignal): Promise<number> {
  await using session = await openSession(options);
  const { servers, desired, target } = session;
  const changes = planDestroy(desired, await findResources(servers, desired, target));
  for (const note of session.notes) say(note);
  print(renderPlan(changes));
  if (changes.length === 0) return 0;
  const full = await bucketsWithObjects(session, changes);
  for (const name of full) {
    say(`bucket ${name} holds objects, and nothing is deleted while it does. To empty it:`);
    say(`  gcloud storage rm --all-versions 'gs://${name}/**'`);
  }
  if (full.length > 0) return 1;
  if (!(await confirmed(options.yes, async () => typesName(target.projectId)))) return 1;
  return (await carryOut(servers, changes, signal)) ? 0 : 1;
}

async function bucketsWithObjects(
  { clients }: Session,
  changes: readonly Change[],
): Promise<string[]> {
  const names = changes.flatMap(({ resource: { kind, name } }) => (kind === 'bucket' ? name : []));
  const full = await Promise.all(
    names.map(async (name) => ((await holdsObjects(clients.storage, name)) ? name : [])),
  );
  return full.flat();
}

async function typesName(projectId: string): Promise<boolean> {
  const message = `Messages and settings are lost. Type ${projectId} to delete all of this:`;
  return (await text({ message, output: process.stderr })) === projectId;
}
