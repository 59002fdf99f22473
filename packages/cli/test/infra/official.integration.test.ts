import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { startStorage, type StorageServer } from '@imagen/local-stack/storage';
import { freePorts } from '@imagen/local-stack/triton';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BoundServer,
  startBound,
} from '../../../local-stack/test/conformance/support/bound-server.ts';
import { findPubSubEmulator } from '../../../local-stack/test/conformance/support/find-servers.ts';
import { desiredResources } from '../../src/infra/desired.ts';
import { emitGcloud } from '../../src/infra/emit-gcloud.ts';
import { runCli } from '../support/cli-process.ts';

const run = promisify(execFile);
const given = process.env['PUBSUB_EMULATOR_HOST'];
const found = await findPubSubEmulator();
const hasGcloud = await run('gcloud', ['version']).then(
  () => true,
  () => false,
);
const hasEmulator = given !== undefined || found !== undefined;
const missing = hasEmulator ? '' : ' (no PUBSUB_EMULATOR_HOST, and no gcloud installation has it)';

describe.skipIf(!hasEmulator)(`with the official Pub/Sub emulator${missing}`, () => {
  let emulator: BoundServer | undefined;
  let storage: StorageServer;
  let folder: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    const [port] = await freePorts(1);
    const address = given ?? `127.0.0.1:${port}`;
    if (found !== undefined && given === undefined) {
      const command = [found.file, '--host=127.0.0.1', `--port=${port}`];
      emulator = await startBound(command, /Server started/);
    }
    storage = await startStorage();
    folder = await mkdtemp(join(tmpdir(), 'imagen-gcloud-'));
    environment = { PUBSUB_EMULATOR_HOST: address, STORAGE_EMULATOR_HOST: storage.url };
  });
  afterAll(async () => {
    await Promise.all([emulator?.stop(), storage.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs `imagen infra` in a project of its own. */
  const infra = async (command: string, project: string, ...more: string[]) => {
    const options = ['--project', project, '--project-number', '12', ...more];
    return runCli(['infra', command, ...options], environment);
  };

  it('apply makes everything but IAM and says so, and destroy takes it away', async () => {
    const applied = await infra('apply', 'applied-project', '--yes');
    expect(applied.stderr).toContain('IAM skipped: this server has none: the Pub/Sub at ');
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('28 to create') });
    const again = await infra('plan', 'applied-project');
    expect(again).toMatchObject({ code: 0, stdout: 'nothing to do\n' });
    expect(await infra('destroy', 'applied-project', '--yes')).toMatchObject({ code: 0 });
    const gone = await infra('plan', 'applied-project');
    expect(gone.stdout).toContain('28 to create');
  });

  it.skipIf(!hasGcloud)(
    'what gcloud makes of the emitted script is what apply makes (needs gcloud)',
    async () => {
      const names = { resultsBucket: 'emitted-results', sourcesBucket: 'emitted-sources' };
      const project = { projectId: 'emitted-project', projectNumber: '12', ...names };
      const more = { sourceBuckets: [], location: 'eu', resultsDays: 30, checksOwner: false };
      const target = { ...project, ...more, iam: { pubsub: false, storage: true } };
      const script = emitGcloud(target.projectId, desiredResources(target));
      await run('bash', ['-c', script], { env: { ...process.env, ...gcloudEnvironment() } });
      Object.assign(environment, {
        IMAGEN_RESULTS_BUCKET: names.resultsBucket,
        IMAGEN_SOURCES_BUCKET: names.sourcesBucket,
      });
      const options = ['--location', 'eu', '--results-days', '30'];
      const planned = await infra('plan', target.projectId, ...options);
      expect(planned).toMatchObject({ code: 0, stdout: 'nothing to do\n' });
    },
    180_000,
  );

  /** Google's gcloud, sent to the servers on this machine, without an account. */
  function gcloudEnvironment(): Record<string, string> {
    const { PUBSUB_EMULATOR_HOST, STORAGE_EMULATOR_HOST } = environment;
    return {
      CLOUDSDK_CONFIG: folder,
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: '1',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${PUBSUB_EMULATOR_HOST}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${STORAGE_EMULATOR_HOST}/storage/v1/`,
    };
  }
});
