// Checks the import arrows between packages and between the layers inside packages/worker.
//   node scripts/arrows.ts [folder]      folder: where `packages/` lies, default the repository
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';

const worker = '^packages/worker/src/';

/** Modules under `from` may import nothing of the repository but modules under `to` (and their own folder). */
function only(name: string, from: string, to: readonly string[]): IForbiddenRuleType {
  return {
    name,
    severity: 'error',
    from: { path: from },
    to: { path: '^packages/', pathNot: [from, ...to] },
  };
}

function banned(name: string, from: { path?: string; pathNot?: string }, to: string) {
  return { name, severity: 'error', from, to: { path: to } } satisfies IForbiddenRuleType;
}

const contracts = '^packages/contracts/src/index';
const tritonClient = '^packages/triton-client/src/index';
const errors = `${worker}errors\\.ts$`;
const image = `${worker}image/`;
const operations = `${worker}operations/`;
const telemetry = `${worker}telemetry/`;

const RULES: IForbiddenRuleType[] = [
  only('contracts-stand-alone', '^packages/contracts/src/', []),
  only('triton-client-stands-alone', '^packages/triton-client/src/', []),
  ...['pubsub', 'storage', 'triton'].map((part) =>
    only(`local-${part}-stands-alone`, `^packages/local-stack/src/${part}/`, [
      '^packages/local-stack/src/[^/]+\\.ts$',
    ]),
  ),
  only('worker-knows-contracts-and-triton-client', worker, [contracts, tritonClient]),
  only('errors-know-contracts', errors, [contracts]),
  only('image-knows-errors', image, [errors, contracts]),
  only('operations-know-images', operations, [image, errors, contracts]),
  only('process-job-knows-no-cloud', `${worker}(process-job|apply-model|parse-job|ports)\\.ts$`, [
    operations,
    image,
    telemetry,
    errors,
    contracts,
  ]),
  banned('only-gcp-knows-google', { path: worker, pathNot: `${worker}gcp/` }, '@google-cloud/'),
  banned(
    'only-codec-knows-sharp',
    { path: worker, pathNot: `${image}codec\\.ts$` },
    '(^|/)sharp(/|$)',
  ),
  banned(
    'only-the-inference-port-knows-triton',
    { path: worker, pathNot: `${worker}(inference|main)\\.ts$` },
    '^packages/triton-client/',
  ),
  banned('nobody-imports-main', { pathNot: `${worker}main\\.ts$` }, `${worker}main\\.ts$`),
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
];

/** Cruises `<folder>/packages` and returns one line per violation, and how many modules were read. */
export async function checkArrows(
  folder: string,
): Promise<{ modules: number; violations: string[] }> {
  const { output } = await cruise(
    ['packages'],
    {
      baseDir: folder,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^packages/[^/]+/(dist|test|bench|node_modules)/' },
      tsPreCompilationDeps: true,
      parser: 'swc',
      validate: true,
      ruleSet: { forbidden: RULES },
    },
    { conditionNames: ['@imagen/source', 'import', 'node', 'default'], exportsFields: ['exports'] },
  );
  if (typeof output === 'string') throw new Error(`unexpected report: ${output}`);
  const { totalCruised, violations } = output.summary;
  return {
    modules: totalCruised,
    violations: violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
  const { modules, violations } = await checkArrows(folder);
  // A cruiser that cannot read TypeScript reports 0 modules and no violation.
  if (modules === 0) throw new Error('arrows: no module was read, so nothing was checked');
  for (const violation of violations) process.stderr.write(`${violation}\n`);
  process.stdout.write(`arrows: ${modules} modules, ${violations.length} violations\n`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
