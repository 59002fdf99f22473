import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startBound } from './support/bound-server.ts';

const SERVER = `
const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
  console.log('ready on', server.address().port);
});`;

it('a server ends with the process that started it, also when that is killed', async () => {
  const script = fileURLToPath(new URL('support/bound-script.ts', import.meta.url));
  const child = spawn(process.execPath, [script, SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const closed = await closedAfterConnecting(port.toString());
  child.kill('SIGKILL');
  expect(await closed.promise).toBe('closed');
});

it('a server that ends before it is ready is an error with what it printed', async () => {
  const command = [process.execPath, '-e', 'console.error("no memory")'];
  await expect(startBound(command, /ready/)).rejects.toThrow(/ended:\nno memory/);
});

it('a server that has been stopped has ended', async () => {
  const server = await startBound([process.execPath, '-e', SERVER], /ready on (\d+)/);
  const closed = await closedAfterConnecting(server.ready[1]);
  await server.stop();
  expect(await closed.promise).toBe('closed');
});

/** Connects to a server of this machine; the promise is of the end of that connection. */
async function closedAfterConnecting(port = ''): Promise<{ readonly promise: Promise<string> }> {
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  // A server that is killed may reset it.
  socket.on('error', () => {}).resume();
  return { promise: new Promise((resolve) => socket.on('close', () => resolve('closed'))) };
}
