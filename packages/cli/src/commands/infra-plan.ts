import { findResources } from '../infra/apply.ts';
import { type Change, planApply } from '../infra/plan.ts';
import { workerPrincipals } from '../infra/grants.ts';
import { findProblems } from '../infra/problems.ts';
import type { InfraOptions } from '../infra/project.ts';
import { planAsJson, renderPlan } from '../infra/render-plan.ts';
import { openSession, type Session } from '../infra/session.ts';
import { print, say } from '../output.ts';

/** Options of `imagen infra plan`. */
export interface PlanOptions extends InfraOptions {
  readonly json?: boolean;
}

/** Says what `apply` would do. Exit code 1 where it could not do all of it. @throws UsageError */
export async function plan(options: PlanOptions): Promise<number> {
  await using session = await openSession(options);
  const { changes, problems } = await readPlan(session);
  if (options.json) {
    const { target, notes } = session;
    const { projectId, projectNumber = null } = target;
    print(
      JSON.stringify({ projectId, projectNumber, changes: planAsJson(changes), problems, notes }),
    );
  } else {
    for (const note of session.notes) say(note);
    print(renderPlan(changes));
    for (const problem of problems) say(`cannot be done: ${problem}`);
  }
  return problems.length > 0 ? 1 : 0;
}

/** The changes that a project needs, and what cannot be changed. */
export async function readPlan(
  session: Session,
): Promise<{ changes: Change[]; problems: string[] }> {
  const { servers, desired, target } = session;
  const found = await findResources(servers, desired, target);
  const changes = planApply(desired, found, workerPrincipals(target));
  return { changes, problems: findProblems(desired, found, changes) };
}
