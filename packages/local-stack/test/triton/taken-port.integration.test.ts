import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { freePorts } from '../../src/triton/free-ports.ts';
import { startTriton } from '../../src/triton/index.ts';
import { statusOf } from './support/kserve-http.ts';

vi.mock('../../src/triton/free-ports.ts', { spy: true });

it.each([
  ['gRPC', 1],
  ['metrics', 2],
])('tries other ports when another program takes the one for %s first', async (_, position) => {
  const ports = await freePorts(3);
  const thief = createServer().listen(ports[position], '127.0.0.1');
  await once(thief, 'listening');
  vi.mocked(freePorts).mockResolvedValueOnce(ports);
  const modelRepositories = [import.meta.dirname];
  await using server = await startTriton({ modelRepositories, models: [] });
  for (const port of ports) expect(server.log()).not.toContain(`:${port}`);
  expect(await statusOf(`${server.httpUrl}/v2/health/ready`)).toBe(200);
  thief.close();
});
