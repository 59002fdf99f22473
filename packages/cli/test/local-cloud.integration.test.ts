import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { lineWith, runCli, startCli } from './support/cli-process.ts';

const ANY_PORTS = ['--pubsub-port', '0', '--storage-port', '0', '--json'];

it('imagen local-cloud is a provisioned cloud for other processes until SIGTERM', async () => {
  await using local = startCli(['local-cloud', ...ANY_PORTS]);
  const line = await lineWith(createInterface({ input: local.child.stdout }), 'environment');
  const { environment } = JSON.parse(line) as { environment: Record<string, string> };
  const { stdout } = await runCli(['submit', 'aged', 'gs://any/picture.jpg'], environment);
  expect(stdout).toContain('aged');
  local.child.kill('SIGTERM');
  expect(await local.exited).toBe(0);
});

it.each(['http', '-1', '65536', ''])('imagen local-cloud refuses port "%s"', async (port) => {
  const { code, stderr } = await runCli(['local-cloud', `--pubsub-port=${port}`]);
  expect(stderr).toContain('is not a port');
  expect(code).toBe(2);
});
