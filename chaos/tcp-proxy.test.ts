import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

/** A server that sends back what it gets, and a proxy before it. */
async function startEcho(): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy = await TcpProxy.start((server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

async function open(proxy: TcpProxy): Promise<Socket> {
  const [host, port] = proxy.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** `once` would reject: these end with an error. */
async function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.on('close', () => resolve());
  });
}

async function answer(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString();
}

test('passes bytes both ways', async () => {
  const proxy = await startEcho();
  const socket = await open(proxy);
  expect(await answer(socket, 'one')).toBe('one');
  expect(await answer(socket, 'two')).toBe('two');
  socket.destroy();
});

test('cut: open connections end, new ones are refused, later ones pass', async () => {
  const proxy = await startEcho();
  const socket = await open(proxy);
  expect(await answer(socket, 'before')).toBe('before');
  const closed = closing(socket);
  proxy.mode = 'cut';
  await closed;
  const refused = await open(proxy).catch(() => undefined);
  if (refused) await closing(refused);
  proxy.mode = 'pass';
  const again = await open(proxy);
  expect(await answer(again, 'after')).toBe('after');
  again.destroy();
});

test('hold: nothing is forwarded on open and new connections, and all of it comes when it ends', async () => {
  const proxy = await startEcho();
  const socket = await open(proxy);
  expect(await answer(socket, 'before')).toBe('before');
  proxy.mode = 'hold';
  const fresh = await open(proxy);
  let received = '';
  for (const held of [socket, fresh]) {
    held.on('data', (data: Buffer) => (received += data.toString()));
    held.write('held');
  }
  await delay(150);
  expect(received).toBe('');
  proxy.mode = 'pass';
  await expect.poll(() => received).toBe('heldheld');
  for (const held of [socket, fresh]) held.destroy();
});

test('a target that is not there ends the connection', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await using proxy = await TcpProxy.start(port);
  const socket = await open(proxy);
  await closing(socket);
  expect(socket.closed).toBe(true);
});
