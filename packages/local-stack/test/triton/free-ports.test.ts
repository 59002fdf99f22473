import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import process from 'node:process';
import { expect, it } from 'vitest';
import { freePorts, listensOn } from '../../src/triton/free-ports.ts';

it('finds different ports, all of which can be listened on', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

it('tells whether it is this process that listens on a port', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await listensOn(process.pid, port)).toBe(true);
  expect(await listensOn(process.ppid, port)).toBe(false);
  server.close();
  await once(server, 'close');
  expect(await listensOn(process.pid, port)).toBe(false);
});
