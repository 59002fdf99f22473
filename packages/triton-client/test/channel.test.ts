import dns, { type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTritonClient, type TritonClient, type TritonError } from '../src/index.ts';
import { FRAME, frame, goAwayFrame } from '../src/http2/frames.ts';
import { startFakeServer } from './support/fake-server.ts';
import { startForwarder, startMuteServer, unusedAddress } from './support/loopback.ts';
import { answer, startScriptedServer } from './support/scripted-server.ts';

const OPTIONS = { deadlineMs: 10_000 };

function clientOf(address: string): TritonClient {
  const client = createTritonClient(address);
  onTestFinished(() => client.close());
  return client;
}

describe('a server that goes away', () => {
  it('answers the calls that it has taken; others are unavailable, later ones use a new connection', async () => {
    await using server = await startScriptedServer();
    const calls = [1, 2, 3].map(async () => server.client.serverLive(OPTIONS));
    const peer = await server.greet();
    for (const _ of calls) await peer.nextCall();
    peer.send(goAway(3));
    await expect(calls[2]).rejects.toMatchObject({ kind: 'unavailable' });
    const later = server.client.serverLive(OPTIONS);
    const next = await server.greet();
    next.send(answer(await next.nextCall()));
    peer.send(answer(3), answer(1));
    expect(await Promise.all([calls[0], calls[1], later])).toEqual([true, true, true]);
    if (!peer.socket.closed) await once(peer.socket, 'close');
  });

  it('may say so twice: first that it will, then what it has taken', async () => {
    await using server = await startScriptedServer();
    const calls = [1, 2].map(async () => server.client.serverLive(OPTIONS));
    const peer = await server.greet();
    for (const _ of calls) await peer.nextCall();
    peer.send(goAway(2 ** 31 - 1), goAway(1), answer(1));
    expect(await calls[0]).toBe(true);
    await expect(calls[1]).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('with nothing to do has its connection closed, and a new one is made for the next call', async () => {
    await using server = await startScriptedServer();
    for (const _ of [1, 2]) {
      const live = server.client.serverLive(OPTIONS);
      const peer = await server.greet();
      peer.send(answer(await peer.nextCall()));
      expect(await live).toBe(true);
      peer.send(goAwayFrame(0));
      await once(peer.socket, 'close');
    }
  });

  it('and is closed then has none of its calls running', async () => {
    await using server = await startScriptedServer();
    const running = server.client.serverLive(OPTIONS);
    const peer = await server.greet();
    await peer.nextCall();
    peer.send(goAway(1), frame({ type: FRAME.PING, flags: 0, streamId: 0 }, Buffer.alloc(8)));
    await peer.next(FRAME.PING);
    server.client.close();
    await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('a connection that is lost', () => {
  it('is made again with the next call, which does not fail', async () => {
    await using fake = await startFakeServer();
    for (const _ of [1, 2, 3]) {
      const lost = fake.client.serverLive(OPTIONS);
      (await fake.nextCall()).stream.session?.destroy();
      await expect(lost).rejects.toMatchObject({ kind: 'unavailable' });
    }
    const live = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).answer({ live: true });
    expect(await live).toBe(true);
    expect(fake.sessions).toHaveLength(4);
  });

  it('fails all calls that run on it', async () => {
    await using server = await startScriptedServer();
    const calls = [1, 2, 3].map(async () => server.client.serverLive(OPTIONS));
    const peer = await server.greet();
    for (const _ of calls) await peer.nextCall();
    peer.socket.resetAndDestroy();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toMatchObject(calls.map(() => ({ reason: { kind: 'unavailable' } })));
  });
});

describe('a server that is not there', () => {
  it('makes calls fail at once, and is found within half a second when it is there', async () => {
    const address = await unusedAddress();
    const client = clientOf(address);
    const refused = {
      kind: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    };
    for (const _ of [1, 2, 3])
      await expect(client.serverLive(OPTIONS)).rejects.toMatchObject(refused);
    await using fake = await startFakeServer();
    await using _ = await startForwarder(address, fake.address);
    const live = vi.waitFor(async () => client.serverLive(OPTIONS), { timeout: 5000 });
    (await fake.nextCall()).answer({ live: true });
    expect(await live).toBe(true);
  });

  it('is asked again after 100, 200, 400 and 500 ms, and calls fail in the meantime', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const waits = (): number[] =>
      timers.mock.calls.map(([, delayMs = 0]) => delayMs).filter((delayMs) => delayMs <= 500);
    await using server = await startScriptedServer();
    const first = server.client.serverLive(OPTIONS).catch(({ kind }: TritonError) => kind);
    for (const waitMs of [100, 200, 400, 500, 500]) {
      const before = waits().length;
      (await server.accept()).socket.resetAndDestroy();
      while (waits().length === before) await new Promise(setImmediate);
      expect(waits().at(-1)).toBe(waitMs);
      const call = server.client.serverLive(OPTIONS);
      await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
      vi.advanceTimersByTime(waitMs);
    }
    expect(await first).toBe('unavailable');
  });

  it('is asked soon again when it was there in between', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const firstWaits = (): number =>
      timers.mock.calls.filter(([, delayMs]) => delayMs === 100).length;
    await using server = await startScriptedServer();
    for (const round of [1, 2]) {
      const refused = server.client.serverLive(OPTIONS).catch(({ kind }: TritonError) => kind);
      (await server.accept()).socket.resetAndDestroy();
      expect(await refused).toBe('unavailable');
      expect(firstWaits()).toBe(round);
      vi.advanceTimersByTime(100);
      const peer = await server.greet();
      // Only now the client knows that the server is there.
      await peer.next(FRAME.SETTINGS);
      await peer.next(FRAME.SETTINGS);
      const live = server.client.serverLive(OPTIONS);
      peer.send(answer(await peer.nextCall()), goAwayFrame(0));
      expect(await live).toBe(true);
      await once(peer.socket, 'close');
    }
  });

  it('is described with all its addresses', async () => {
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      _: string,
      __: object,
      found: Found,
    ) =>
      found(null, [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.3', family: 4 },
      ])) as never);
    onTestFinished(() => lookup.mockRestore());
    const client = clientOf((await unusedAddress()).replace('127.0.0.1', 'two-addresses'));
    const refused = client.serverLive(OPTIONS);
    await expect(refused).rejects.toThrow(/ECONNREFUSED 127.0.0.2.*ECONNREFUSED 127.0.0.3/);
  });

  it('does not keep a client from being closed', async () => {
    const client = createTritonClient(await unusedAddress());
    await expect(client.serverLive(OPTIONS)).rejects.toMatchObject({ kind: 'unavailable' });
    client.close();
    await expect(client.serverLive(OPTIONS)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('an address', () => {
  it.each([
    '',
    'triton',
    'triton:',
    ':8001',
    'triton:65536',
    'a b:x',
    '[::1]',
    '[nobody]:1',
    'ftp://x:1',
  ])('"%s" is none', (address) => {
    expect(() => createTritonClient(address)).toThrow('Could not parse target name');
  });

  it.each(['localhost', 'dns:localhost', 'dns:///localhost', 'ipv4:127.0.0.1'])(
    '%s:port is one',
    async (host) => {
      await using fake = await startFakeServer();
      const client = clientOf(fake.address.replace('127.0.0.1', host));
      const live = client.serverLive(OPTIONS);
      (await fake.nextCall()).answer({ live: true });
      expect(await live).toBe(true);
    },
  );

  it('[::1]:port is one', async () => {
    await using mute = await startMuteServer();
    const client = clientOf(mute.address.replace('127.0.0.1', '[::1]'));
    await expect(client.serverLive(OPTIONS)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

type Found = (error: null, addresses: readonly LookupAddress[]) => void;

/** That the server has taken the streams up to this one. */
function goAway(lastStreamId: number): Buffer {
  const bytes = goAwayFrame(0);
  bytes.writeUInt32BE(lastStreamId, 9);
  return bytes;
}
