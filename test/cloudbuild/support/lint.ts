import { parse } from 'yaml';

/** A step of a build, as far as the lint looks at it. */
interface Step {
  readonly id?: string;
  readonly name: string;
  readonly waitFor?: readonly string[];
  readonly timeout?: string;
  readonly script?: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
}

interface Build {
  readonly steps: readonly Step[];
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly timeout?: string;
  readonly options?: { readonly logging?: string };
}

/** What Cloud Build puts in by itself: cloud.google.com/build/docs/configuring-builds/substitute-variable-values */
const BUILT_IN = new Set([
  'PROJECT_ID',
  'PROJECT_NUMBER',
  'BUILD_ID',
  'LOCATION',
  'TRIGGER_NAME',
  'COMMIT_SHA',
  'SHORT_SHA',
  'REVISION_ID',
  'REPO_NAME',
  'BRANCH_NAME',
  'TAG_NAME',
]);

/** Mistakes in a Cloud Build file that gcloud's own parser lets through, one line each. */
export function lintCloudBuild(text: string): string[] {
  const build = parse(text) as Build;
  const { steps } = build;
  return [
    ...steps.flatMap((step, index) => waitProblems(step, steps.slice(0, index))),
    ...steps.flatMap(scriptProblems),
    ...substitutionProblems(build),
    ...timeoutProblems(build),
    ...(build.serviceAccount ? [] : ['no serviceAccount: the default one may do too much']),
    ...(build.options?.logging ? [] : ['no options.logging, which a serviceAccount needs']),
  ];
}

const nameOf = ({ id, name }: Step): string => id ?? name;

function waitProblems(step: Step, earlier: readonly Step[]): string[] {
  const known = new Set(['-', ...earlier.flatMap(({ id }) => id ?? [])]);
  const unknown = (step.waitFor ?? []).filter((id) => !known.has(id));
  const problems = unknown.map(
    (id) => `${nameOf(step)}: waitFor "${id}" is no id of an earlier step`,
  );
  if (step.id === undefined) problems.push(`${nameOf(step)}: no id`);
  else if (known.has(step.id)) problems.push(`${step.id}: another step has this id`);
  return problems;
}

function scriptProblems(step: Step): string[] {
  const { script = '' } = step;
  const problems: string[] = [];
  if (/\|\|\s*(true|:)/.test(script)) problems.push('"|| true" hides a failure');
  if (script.trim().includes('\n') && !script.includes('set -euo pipefail'))
    problems.push('a script of several lines without "set -euo pipefail" goes on after a failure');
  if (/kubectl apply (-f|--filename)[ =]k8s/.test(script))
    problems.push('"kubectl apply -f" on folders of kustomize: use -k');
  if (!/:\d+\.\d+/.test(step.name) && !step.name.startsWith('gcr.io/cloud-builders/'))
    problems.push(`image ${step.name} is not pinned by version`);
  return problems.map((problem) => `${nameOf(step)}: ${problem}`);
}

function substitutionProblems({ steps, substitutions = {}, serviceAccount = '' }: Build): string[] {
  const places = steps.flatMap(({ args = [], env = [], name }) => [...args, ...env, name]);
  const text = [...places, ...Object.values(substitutions), serviceAccount].join('\n');
  const used = new Set(
    [...text.matchAll(/(?<!\$)\$\{?([A-Z_][A-Z0-9_]*)/g)].map(([, name = '']) => name),
  );
  const undeclared = [...used].filter((name) => !BUILT_IN.has(name) && !(name in substitutions));
  const unused = Object.keys(substitutions).filter((name) => !used.has(name));
  return [
    ...undeclared.map((name) => `$${name} is not declared in substitutions`),
    ...unused.map((name) => `${name} is declared and not used`),
    ...steps.flatMap(unknownVariables),
  ];
}

/** Scripts get no substitutions, only the environment: one that is used there must be put there. */
function unknownVariables(step: Step): string[] {
  const { script = '', env = [] } = step;
  const set = new Set(env.map((entry) => entry.split('=', 1)[0]));
  const assigned = new Set(
    [...script.matchAll(/\b([a-z]\w*)=|\bfor (\w+) in\b/gi)].map(([, name, item]) => name ?? item),
  );
  const read = [...script.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  const unknown = new Set(read.filter((name) => !set.has(name) && !assigned.has(name)));
  return [...unknown].map((name) => `${nameOf(step)}: $${name} is not in the step's env`);
}

function timeoutProblems(build: Build): string[] {
  const problems = [
    ...build.steps.map((step) => [nameOf(step), step.timeout] as const),
    ['the build', build.timeout] as const,
  ].flatMap(([name, timeout]) =>
    timeout && /^\d+s$/.test(timeout) ? [] : [`${name}: timeout is not "<seconds>s"`],
  );
  const longest = longestPath(build.steps);
  if (longest > seconds(build.timeout))
    problems.push(`the build: its steps may take ${longest} s, its timeout is ${build.timeout}`);
  return problems;
}

/** Seconds until the last step has ended at the latest: each begins after those earlier ones that it waits for. */
function longestPath(steps: readonly Step[]): number {
  const ends = new Map<string, number>();
  for (const { id = '', waitFor, timeout } of steps) {
    const waited = waitFor ?? [...ends.keys()];
    const start = Math.max(0, ...waited.map((each) => ends.get(each) ?? 0));
    ends.set(id, start + seconds(timeout));
  }
  return Math.max(...ends.values());
}

const seconds = (timeout = '0s'): number => Number(timeout.replace('s', ''));
