// Checks the import arrows between packages and between the layers inside packages/worker.
//   node scripts/arrows.ts [folder]      folder: where `packages/` lies, default the repository
import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { ResolverFactory } from 'oxc-resolver';

/** Files that match `from` may not import what matches `to`, unless it matches one of `but`. */
interface Rule {
  readonly name: string;
  readonly from: RegExp;
  readonly to: RegExp;
  readonly but: readonly RegExp[];
}

/** Files under `from` may import nothing of the repository but files under `to` (and their own folder). */
function only(name: string, from: RegExp, to: readonly RegExp[]): Rule {
  return { name, from, to: /^packages\//, but: [from, ...to] };
}

/** Nothing in packages/worker but what `except` matches may import `to`. */
function kept(name: string, to: RegExp, except: RegExp): Rule {
  const from = new RegExp(`^packages/worker/src/(?!${except.source})`);
  return { name, from, to, but: [] };
}

const contracts = /^packages\/contracts\/src\/index/;
const tritonClient = /^packages\/triton-client\/src\/index/;
const worker = /^packages\/worker\/src\//;
const errors = /^packages\/worker\/src\/errors\.ts$/;
const image = /^packages\/worker\/src\/image\//;
const decoding = /^packages\/worker\/src\/decoding\//;
const portsAndTime = /^packages\/worker\/src\/(ports|time-limit)\.ts$/;
const operations = /^packages\/worker\/src\/operations\//;
const telemetry = /^packages\/worker\/src\/telemetry\//;
const processJob =
  /^packages\/worker\/src\/(process-job|apply-model|parse-job|ports|memory-budget)\.ts$/;

const RULES: readonly Rule[] = [
  only('contracts-stand-alone', /^packages\/contracts\/src\//, []),
  only('triton-client-stands-alone', /^packages\/triton-client\/src\//, []),
  ...['pubsub', 'storage', 'triton'].map((part) =>
    only(`local-${part}-stands-alone`, new RegExp(`^packages/local-stack/src/${part}/`), [
      /^packages\/local-stack\/src\/[^/]+\.ts$/,
    ]),
  ),
  only('worker-knows-contracts-and-triton-client', worker, [contracts, tritonClient]),
  only('errors-know-contracts', errors, [contracts]),
  only('image-knows-errors', image, [errors, contracts]),
  only('decoding-knows-images', decoding, [image, errors, contracts, portsAndTime]),
  only('operations-know-images', operations, [image, errors, contracts]),
  only('process-job-knows-no-cloud', processJob, [operations, image, telemetry, errors, contracts]),
  kept('only-gcp-knows-google', /^npm:@google-cloud\//, /gcp\//),
  kept('one-place-knows-sharp', /^npm:sharp$/, /image\/libvips\.ts/),
  kept(
    'only-the-inference-port-knows-triton',
    tritonClient,
    /(inference|model-facts|main|flow\/flow-control)\.ts/,
  ),
  { name: 'nobody-imports-main', from: /^/, to: /^packages\/worker\/src\/main\.ts$/, but: [] },
];

const resolver = new ResolverFactory({
  conditionNames: ['@imagen/source', 'import', 'node', 'default'],
});

/** Reads the sources of every package below `<folder>/packages` and returns one line per violation, and how many modules were read. */
export function checkArrows(folder: string): { modules: number; violations: string[] } {
  const files = globSync('packages/*/src/**/*.ts', { cwd: folder });
  const violations = files.flatMap((from) =>
    importsOf(resolve(folder, from)).flatMap((specifier) => {
      const to = target(folder, from, specifier);
      const broken = RULES.filter((rule) => breaks(rule, from, to));
      return broken.map(({ name }) => `${name}: ${from} → ${to}`);
    }),
  );
  return { modules: files.length, violations };
}

function breaks({ from, to, but }: Rule, file: string, imported: string): boolean {
  return from.test(file) && to.test(imported) && !but.some((allowed) => allowed.test(imported));
}

/** Every module that a file imports or exports from, types too, as it is written. */
function importsOf(path: string): string[] {
  const { module, errors: problems } = parseSync(path, readFileSync(path, 'utf8'));
  if (problems.length > 0) throw new Error(`cannot parse ${path}: ${problems[0]?.message}`);
  const imports = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
  );
  const source = readFileSync(path, 'utf8');
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
    source.slice(start + 1, end - 1),
  );
  return [...imports, ...exports, ...dynamic];
}

/** The file a specifier means, relative to the folder; `npm:` and the name for a package from outside. */
function target(folder: string, from: string, specifier: string): string {
  if (!/^[.@/]|^[a-z]/.test(specifier) || specifier.startsWith('node:')) return specifier;
  const { path } = resolver.sync(dirname(resolve(folder, from)), specifier);
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  if (path === undefined || path.includes('/node_modules/')) return `npm:${name}`;
  return relative(folder, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
  const { modules, violations } = checkArrows(folder);
  // Nothing read is nothing checked.
  if (modules === 0) throw new Error('arrows: no module was read');
  for (const violation of violations) process.stderr.write(`${violation}\n`);
  process.stdout.write(`arrows: ${modules} modules, ${violations.length} violations\n`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
