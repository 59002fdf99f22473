import process from 'node:process';
import { confirm } from '@clack/prompts';
import { carryOut, confirmed } from '../infra/carry-out.ts';
import { desiredResources } from '../infra/desired.ts';
import { emitGcloud, LOOKED_UP } from '../infra/emit-gcloud.ts';
import { type InfraOptions, readTarget } from '../infra/project.ts';
import { renderPlan } from '../infra/render-plan.ts';
import { openSession } from '../infra/session.ts';
import { print, say } from '../output.ts';
import { readPlan } from './infra-plan.ts';

/** Options of `imagen infra apply`. */
export interface ApplyOptions extends InfraOptions {
  readonly yes?: boolean;
  /** `gcloud` is the only one. */
  readonly emit?: string;
}

/** Makes a project as it should be, after asking. Exit code 1 where something is left to do. @throws UsageError */
export async function apply(options: ApplyOptions, signal: AbortSignal): Promise<number> {
  if (options.emit !== undefined) {
    const target = readTarget(options, process.env);
    const { projectId, projectNumber = LOOKED_UP } = target;
    print(emitGcloud(projectId, desiredResources({ ...target, projectNumber })));
    return 0;
  }
  await using session = await openSession(options);
  const { changes, problems } = await readPlan(session);
  for (const note of session.notes) say(note);
  print(renderPlan(changes));
  for (const problem of problems) say(`cannot be done: ${problem}`);
  if (problems.length > 0) return 1;
  if (changes.length === 0) return 0;
  const { projectId } = session.target;
  const ask = async (): Promise<boolean> =>
    (await confirm({ message: `Do this in ${projectId}?`, output: process.stderr })) === true;
  if (!(await confirmed(options.yes, ask))) return 1;
  return (await carryOut(session.servers, changes, signal)) ? 0 : 1;
}
