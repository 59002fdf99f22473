import { OPERATION_NAMES } from '@imagen/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, dockerProblem, inspect } from './support/compose.ts';
import { baseImages } from './support/compose-file.ts';

const bases = new Map([...baseImages('Dockerfile'), ...baseImages('triton/cpu.Dockerfile')]);
const problem = dockerProblem([...bases.values()]);

describe.skipIf(problem)(`docker compose up (needs Docker: ${problem ?? 'it is here'})`, () => {
  beforeAll(async () => {
    await docker('compose', 'up', '--build', '--wait');
  }, 900_000);
  afterAll(async () => docker('compose', 'down', '--volumes'));

  it.each(OPERATION_NAMES)('runs %s from end to end', async (operation) => {
    const submit = ['submit', operation, '/samples/chelsea.jpg', '--wait', '--json'];
    const record = await docker('compose', 'run', '--rm', '-T', 'imagen', ...submit);
    expect(JSON.parse(record)).toMatchObject({ operation, outcome: 'succeeded' });
  });

  it('runs nothing as root, nothing on a root that can be written to', async () => {
    const facts = await inspect('{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}');
    expect(facts.filter((fact) => !/^(1000:1000|65532:65532) true$/.test(fact))).toEqual([]);
  });

  it('has a worker image of at most 220 MB', async () => {
    const size = await docker('image', 'inspect', '--format', '{{.Size}}', 'imagen-worker');
    expect(Number(size)).toBeLessThanOrEqual(220_000_000);
  });

  it('reaches every process with SIGTERM: all end by themselves', async () => {
    await docker('compose', 'stop');
    const ends = await inspect('{{.Name}} {{.State.ExitCode}}');
    expect(ends.filter((end) => !end.endsWith(' 0'))).toEqual([]);
  });
});
