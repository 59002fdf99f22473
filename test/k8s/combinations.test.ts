import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/repository.ts';
import { hasKubectl, render } from './support/manifests.ts';
import { schemaProblems } from './support/schemas.ts';

/** The default overlay has them all in common. */
const COMMON = 'network-policies';
const optional = globSync('*', { cwd: join(ROOT, 'k8s/components') }).filter(
  (name) => name !== COMMON,
);
/** Every set of them: bit n of a number says whether the nth is in it. */
const combinations = Array.from({ length: 2 ** optional.length }, (_, bits) =>
  optional.filter((__, index) => bits & (1 << index)),
);

describe.skipIf(!hasKubectl)('the default overlay (needs kubectl)', () => {
  const copy = mkdtempSync(join(tmpdir(), 'imagen-k8s-'));
  cpSync(join(ROOT, 'k8s'), copy, { recursive: true });
  const overlay = join(copy, 'overlays/any');
  mkdirSync(overlay);
  afterAll(() => rmSync(copy, { recursive: true }));

  it.each(combinations.map((set) => [set.join(', ') || 'nothing', set] as const))(
    'renders with %s, as a strict API server takes it',
    (_, set) => {
      const components = set.map((name) => `../../components/${name}`);
      writeFileSync(
        join(overlay, 'kustomization.yaml'),
        JSON.stringify({ resources: ['../default'], components }),
      );
      const manifests = render(overlay);
      expect(manifests.length).toBeGreaterThan(25);
      expect(manifests.flatMap(schemaProblems)).toEqual([]);
    },
  );
});
