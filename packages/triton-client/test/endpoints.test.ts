import dns from 'node:dns';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createTritonClient, type TritonClient } from '../src/index.ts';
import { type FakeServer, startFakeServer } from './support/fake-server.ts';

const OPTIONS = { deadlineMs: 10_000 };
/** More than a name is used for without being looked up again. */
const LATER_MS = 10_001;

it('servers of one name take turns', async () => {
  await using servers = await startServers(['127.0.0.2', '127.0.0.3']);
  const client = clientOf('triton', servers.port, ['127.0.0.2', '127.0.0.3']);
  await callUntil(client, () => servers.calls.every((calls) => calls > 0));
  const before = [...servers.calls];
  for (const _ of [1, 2, 3, 4]) await client.serverLive(OPTIONS);
  expect(servers.calls.map((calls, index) => calls - before[index]!)).toEqual([2, 2]);
});

it('one that goes away leaves its turns to the others', async () => {
  await using servers = await startServers(['127.0.0.2', '127.0.0.3']);
  const client = clientOf('triton', servers.port, ['127.0.0.2', '127.0.0.3']);
  await callUntil(client, () => servers.calls.every((calls) => calls > 0));
  await servers.stop(0);
  const answered = [];
  for (let call = 0; call < 20; call += 1)
    answered.push(await client.serverLive(OPTIONS).catch(() => false));
  // Whoever asks it before its end is noticed is told so.
  expect(answered.filter((isLive) => !isLive).length).toBeLessThanOrEqual(1);
});

it('one that is added gets its turns when the name is looked up again', async () => {
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  await using servers = await startServers(['127.0.0.2', '127.0.0.3']);
  const addresses = ['127.0.0.2'];
  const client = clientOf('triton', servers.port, addresses);
  for (const _ of [1, 2, 3]) await client.serverLive(OPTIONS);
  expect(servers.calls).toEqual([3, 0]);
  addresses.push('127.0.0.3');
  now.mockImplementation(() => process.uptime() * 1000 + LATER_MS * 2);
  await callUntil(client, () => servers.calls[1]! > 1);
});

it('one that is removed has its connection closed', async () => {
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  await using servers = await startServers(['127.0.0.2', '127.0.0.3', '127.0.0.4']);
  const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
  const client = clientOf('triton', servers.port, addresses);
  await callUntil(client, () => servers.calls.every((calls) => calls > 0));
  addresses.pop();
  now.mockImplementation(() => process.uptime() * 1000 + LATER_MS * 2);
  await callUntil(client, () => servers.sessions(2).every(({ destroyed }) => destroyed));
  const before = servers.calls[2];
  for (const _ of [1, 2, 3]) await client.serverLive(OPTIONS);
  expect(servers.calls[2]).toBe(before);
});

interface Servers extends AsyncDisposable {
  readonly port: number;
  /** Calls that each has answered. */
  readonly calls: readonly number[];
  sessions(index: number): FakeServer['sessions'];
  stop(index: number): Promise<void>;
}

/** Starts servers at these addresses on one port, which answer every call. */
async function startServers(hosts: readonly string[]): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const calls = hosts.map(() => 0);
  const servers: FakeServer[] = [];
  let port = 0;
  for (const [index, host] of hosts.entries()) {
    const server = starting.use(await startFakeServer({}, { host, port }));
    port = Number(server.address.split(':')[1]);
    servers.push(server);
    void answerAll(server, () => (calls[index]! += 1));
  }
  const running = starting.move();
  return {
    port,
    calls,
    sessions: (index) => servers[index]!.sessions,
    stop: async (index) => servers[index]![Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

async function answerAll(server: FakeServer, answered: () => void): Promise<void> {
  for (;;) {
    const call = await server.nextCall();
    answered();
    call.answer({ live: true });
  }
}

/** A client of `name`, which has these addresses whenever it is looked up. */
function clientOf(name: string, port: number, addresses: readonly string[]): TritonClient {
  type Found = (error: null, addresses: readonly dns.LookupAddress[]) => void;
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    _: string,
    __: object,
    found: Found,
  ) =>
    found(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    )) as never);
  const client = createTritonClient(`${name}:${port}`);
  onTestFinished(() => {
    client.close();
    lookup.mockRestore();
  });
  return client;
}

/** Calls until it is so, or for so long that it never will be. */
async function callUntil(client: TritonClient, isSo: () => boolean): Promise<void> {
  for (let calls = 0; !isSo(); calls += 1) {
    if (calls === 1000) throw new Error('it is not so after 1000 calls');
    await client.serverLive(OPTIONS).catch(() => undefined);
  }
}
