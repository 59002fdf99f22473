import { OPERATION_NAMES } from '@imagen/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingTools, START_LIMIT_MS, startCluster } from './support/cluster.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { FOLDERS } from './support/manifests.ts';

const WORKERS = OPERATION_NAMES.map((operation) => `${operation}-worker`);
const TRITON = 'triton-inference-server';

describe.skipIf(missingTools.length > 0)('a real API server (needs Go, kubectl, openssl)', () => {
  let cluster: ControlPlane;
  const kubectl = async (...args: string[]): Promise<string> =>
    (await cluster.kubectl(...args)).stdout;
  const read = async (what: string, path: string): Promise<string[]> =>
    (await kubectl('get', what, '-n', 'imagen', `-o=jsonpath=${path}`)).split('\n').filter(Boolean);
  // Not what apply says: of a disruption budget, whose selector is always sent, it says "configured".
  const generations = async (): Promise<string[]> =>
    read(
      'deployments,services,pdb,hpa,networkpolicies',
      '{range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{"\\n"}{end}',
    );
  const available = async (): Promise<string> =>
    kubectl(
      'wait',
      '--for=condition=Available',
      'deployment',
      '--all',
      '-n',
      'imagen',
      '--timeout=60s',
    );

  beforeAll(async () => {
    cluster = await startCluster();
  }, START_LIMIT_MS);
  afterAll(async () => cluster[Symbol.asyncDispose]());

  it.each(FOLDERS)(
    'takes kubectl apply -k k8s/%s twice, without a warning, and all of it runs',
    async (folder) => {
      const first = await cluster.kubectl('apply', '-k', `k8s/${folder}`);
      expect(first.stderr).toBe('');
      await available();
      const before = await generations();
      await kubectl('apply', '-k', `k8s/${folder}`);
      expect(await generations()).toEqual(before);
      await kubectl('delete', '-k', `k8s/${folder}`);
    },
  );

  describe('after kubectl apply -k k8s/', () => {
    beforeAll(async () => {
      await kubectl('apply', '-k', 'k8s');
      await available();
    });

    it('runs Triton on a Spot T4 and the workers elsewhere', async () => {
      const places = await read(
        'pods',
        '{range .items[*]}{.metadata.name} {.spec.nodeName}{"\\n"}{end}',
      );
      const onT4 = places.filter((place) => place.endsWith(' spot-t4'));
      expect(onT4).toEqual([expect.stringContaining(TRITON)]);
      expect(places).toHaveLength(1 + WORKERS.length);
    });

    it('sends what is for triton and triton-headless to its pod', async () => {
      const path = '{range .items[*]}{.endpoints[*].conditions.ready} {.ports[*].port}{"\\n"}{end}';
      const slices = await read('endpointslices', path);
      expect(slices).toEqual([
        expect.stringMatching(/^true /),
        expect.stringMatching(/^true 8001/),
      ]);
    });

    it('lets one pod of each Deployment be evicted', async () => {
      await kubectl(
        'wait',
        '--for=jsonpath={.status.disruptionsAllowed}=1',
        'pdb',
        '--all',
        '-n=imagen',
      );
      const expected = await read('pdb', '{range .items[*]}{.status.expectedPods}{"\\n"}{end}');
      expect(expected).toEqual([TRITON, ...WORKERS].map(() => '1'));
    });

    it('lets every worker be scaled', async () => {
      await kubectl(
        'wait',
        '--for=condition=AbleToScale',
        'hpa',
        '--all',
        '-n=imagen',
        '--timeout=60s',
      );
      const scaled = await read('hpa', '{range .items[*]}{.spec.scaleTargetRef.name}{"\\n"}{end}');
      expect(new Set(scaled)).toEqual(new Set(WORKERS));
    });

    it('rolls out another image and takes it back', async () => {
      const worker = 'deployment/comic-worker';
      const image = '{.spec.template.spec.containers[0].image}';
      const [before] = await read(worker, image);
      await kubectl('set', 'image', worker, 'worker=imagen-worker:next', '-n=imagen');
      await kubectl('rollout', 'status', worker, '-n=imagen', '--timeout=60s');
      await kubectl('rollout', 'undo', worker, '-n=imagen');
      await kubectl('rollout', 'status', worker, '-n=imagen', '--timeout=60s');
      expect(await read(worker, image)).toEqual([before]);
    });

    it("warns of a pod that breaks the namespace's rules, and refuses an unknown field", async () => {
      const worker = await kubectl('get', 'deployment/comic-worker', '-n=imagen', '-o=json');
      const asRoot = worker.replaceAll('"runAsNonRoot": true', '"runAsNonRoot": false');
      const { stderr } = await cluster.kubectlWith(asRoot, 'replace', '-f=-', '--dry-run=server');
      expect(stderr).toContain('would violate PodSecurity "restricted');
      const misspelt = worker.replace('"serviceAccountName"', '"serviceAcountName"');
      const refused = cluster.kubectlWith(misspelt, 'replace', '-f=-', '--dry-run=server');
      await expect(refused).rejects.toThrow('unknown field');
    });
  });
});
