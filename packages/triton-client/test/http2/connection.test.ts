import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Connection, type ConnectionEvents } from '../../src/http2/connection.ts';
import type { Exchange } from '../../src/http2/exchange.ts';
import {
  FLAG,
  FRAME,
  frame,
  SETTING,
  settingsFrame,
  windowUpdateFrame,
} from '../../src/http2/frames.ts';
import { encodeHeaders } from '../../src/http2/hpack.ts';
import { patterned } from '../support/tensors.ts';
import { startFakeServer } from '../support/fake-server.ts';
import { answer, beginAnswer, endAnswer, startScriptedServer } from '../support/scripted-server.ts';

const OPTIONS = { deadlineMs: 10_000 };
const PING = { type: FRAME.PING, flags: 0, streamId: 0 };

describe('a connection', () => {
  it('begins with settings, acknowledges those of the peer, and answers pings', async () => {
    await using server = await startScriptedServer();
    const live = server.client.serverLive(OPTIONS);
    const peer = await server.greet();
    const { payload } = await peer.next(FRAME.SETTINGS);
    const settings = Array.from({ length: payload.length / 6 }, (_, index) => [
      payload.readUInt16BE(index * 6),
      payload.readUInt32BE(index * 6 + 2),
    ]);
    expect(settings).toEqual([
      [SETTING.HEADER_TABLE_SIZE, 0],
      [SETTING.ENABLE_PUSH, 0],
      [SETTING.INITIAL_WINDOW_SIZE, 16 * 1024 * 1024],
      [SETTING.MAX_FRAME_SIZE, 1024 * 1024],
    ]);
    expect(await peer.next(FRAME.SETTINGS)).toMatchObject({ flags: FLAG.ACK, length: 0 });
    peer.send(frame(PING, Buffer.from('12345678')));
    const pong = { flags: FLAG.ACK, payload: Buffer.from('12345678') };
    expect(await peer.next(FRAME.PING)).toMatchObject(pong);
    peer.send(answer(1));
    expect(await live).toBe(true);
  });

  it('sends nothing of a call before the peer’s settings', async () => {
    await using server = await startScriptedServer();
    const live = server.client.serverLive(OPTIONS);
    const peer = await server.accept();
    await peer.next(FRAME.WINDOW_UPDATE);
    await new Promise(setImmediate);
    peer.send(settingsFrame([]));
    expect(await peer.next(FRAME.SETTINGS)).toMatchObject({ flags: FLAG.ACK });
    peer.send(answer(await peer.nextCall()));
    expect(await live).toBe(true);
  });

  it.each([
    { initialWindowSize: 1000 },
    { maxFrameSize: 16_384, initialWindowSize: 2 ** 31 - 1 },
    { maxFrameSize: 1024 * 1024, initialWindowSize: 5 * 1024 * 1024 },
    { headerTableSize: 0 },
    { headerTableSize: 65_536 },
    { maxConcurrentStreams: 2 },
  ])('sends requests of several MiB to a peer with %o', async (settings) => {
    await using fake = await startFakeServer(settings);
    const inputs = [patterned('A', [3_000_001]), patterned('B', [7])];
    const answers = [1, 2, 3].map(async () =>
      fake.client.infer({ modelName: 'm', inputs }, OPTIONS),
    );
    for (const _ of answers) {
      const call = await fake.nextCall();
      const { rawInputContents = [] } = call.request as { rawInputContents?: Buffer[] };
      expect(
        rawInputContents.map((bytes, index) => bytes.compare(inputs[index]?.data ?? bytes)),
      ).toEqual([0, 0]);
      call.answer({ modelName: 'm' });
    }
    expect(await Promise.all(answers)).toMatchObject(answers.map(() => ({ modelName: 'm' })));
  });

  it('takes an answer of more than its windows', async () => {
    await using fake = await startFakeServer();
    const answered = fake.client.infer({ modelName: 'm', inputs: [] }, OPTIONS);
    const { data, ...output } = patterned('X', [40 * 1024 * 1024]);
    (await fake.nextCall()).answer({ outputs: [output], rawOutputContents: [data] });
    using response = await answered;
    expect(Buffer.compare(response.outputs[0]?.data ?? data.subarray(1), data)).toBe(0);
  });

  it('opens no more streams at a time than the peer allows', async () => {
    await using server = await startScriptedServer();
    const calls = [1, 2, 3].map(async () => server.client.serverLive(OPTIONS));
    const peer = await server.accept();
    peer.send(settingsFrame([[SETTING.MAX_CONCURRENT_STREAMS, 1]]));
    for (const id of [1, 3, 5]) {
      expect(await peer.nextCall()).toBe(id);
      // Whatever the client sends too early comes before the answer to this.
      peer.send(frame(PING, Buffer.alloc(8)));
      await peer.next(FRAME.PING);
      peer.send(answer(id));
    }
    expect(await Promise.all(calls)).toEqual([true, true, true]);
  });

  it('keeps to a window that the peer changes while a request is on its way', async () => {
    await using server = await startScriptedServer();
    const inputs = [patterned('A', [200_000])];
    const answered = server.client.infer({ modelName: 'm', inputs }, OPTIONS);
    const peer = await server.greet();
    const received = async (bytes: number): Promise<void> => {
      for (let left = bytes; left > 0;) left -= (await peer.next(FRAME.DATA)).length;
    };
    await received(65_535);
    peer.send(
      windowUpdateFrame(0, 2 ** 20),
      settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 70_000]]),
    );
    await received(70_000 - 65_535);
    peer.send(settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 0]]), windowUpdateFrame(1, 75_000));
    await received(5000);
    peer.send(windowUpdateFrame(1, 2 ** 20));
    peer.send(answer(await peer.nextCall(), Buffer.alloc(0)));
    expect(await answered).toMatchObject({ outputs: [] });
  });

  it('stops a request whose answer is there before it is sent', async () => {
    await using server = await startScriptedServer();
    const inputs = [patterned('A', [200_000])];
    const answered = server.client.infer({ modelName: 'm', inputs }, OPTIONS);
    const peer = await server.greet();
    await peer.next(FRAME.HEADERS);
    peer.send(beginAnswer(1), endAnswer(1, { 'grpc-status': '3' }));
    await expect(answered).rejects.toMatchObject({ kind: 'invalid-argument' });
    expect((await peer.next(FRAME.RST_STREAM)).streamId).toBe(1);
  });

  it('passes over what still comes of a stream that it has cancelled', async () => {
    await using server = await startScriptedServer();
    const controller = new AbortController();
    const aborted = server.client.serverLive({ ...OPTIONS, signal: controller.signal });
    const peer = await server.greet();
    const id = await peer.nextCall();
    controller.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    const live = server.client.serverLive(OPTIONS);
    peer.send(answer(id), answer(await peer.nextCall()));
    expect(await live).toBe(true);
  });

  it('retires with its last stream id', async () => {
    await using server = await startScriptedServer();
    const retired = vi.fn<ConnectionEvents['retired']>();
    const closed = Promise.withResolvers<void>();
    const events = { ready: () => undefined, retired, closed: closed.resolve };
    const target = { host: '127.0.0.1', port: server.port };
    const connection = new Connection(target, events, 2 ** 31 - 3);
    const ended = [exchange(connection), exchange(connection)];
    const peer = await server.greet();
    for (const id of [2 ** 31 - 3, 2 ** 31 - 1]) {
      expect(await peer.nextCall()).toBe(id);
      peer.send(answer(id));
    }
    await Promise.all([...ended, closed.promise]);
    expect(retired.mock.calls).toMatchObject([[{ details: 'all streams are used up' }]]);
  });
});

/** Resolves when an exchange has ended well. */
async function exchange(connection: Connection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const quiet: Exchange = {
    encodeHeaders: () => encodeHeaders([[':method', 'POST']]),
    body: [Buffer.of(1)],
    headers: () => undefined,
    data: () => undefined,
    ended: () => resolve(),
    failed: reject,
  };
  connection.request(quiet);
  return promise;
}

describe('a peer that says nothing', () => {
  afterEach(() => vi.useRealTimers());
  const CALL = { deadlineMs: 2 ** 31 - 1 };

  it('is pinged after 310 s, while a call runs, and lost 10 s later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    await using server = await startScriptedServer();
    const live = server.client.serverLive(CALL);
    const peer = await server.greet();
    await peer.nextCall();
    vi.advanceTimersByTime(310_001);
    expect(await peer.next(FRAME.PING)).toMatchObject({ flags: 0, length: 8 });
    vi.advanceTimersByTime(10_001);
    await expect(live).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is not lost when it answers, and is pinged again only after 300 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    await using server = await startScriptedServer();
    const live = server.client.serverLive(CALL);
    const peer = await server.greet();
    await peer.nextCall();
    vi.advanceTimersByTime(310_001);
    const ping = await peer.next(FRAME.PING);
    peer.send(
      frame({ ...PING, flags: FLAG.ACK }, ping.payload),
      frame(PING, Buffer.from('did come')),
    );
    expect(await peer.next(FRAME.PING)).toMatchObject({ flags: FLAG.ACK });
    vi.advanceTimersByTime(299_000);
    peer.send(frame(PING, Buffer.from('no other')));
    const next = { flags: FLAG.ACK, payload: Buffer.from('no other') };
    expect(await peer.next(FRAME.PING)).toMatchObject(next);
    peer.send(answer(1));
    expect(await live).toBe(true);
  });

  it('not even its settings, is given up after 20 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using server = await startScriptedServer();
    const live = server.client.serverLive(CALL);
    const peer = await server.accept();
    await peer.next(FRAME.SETTINGS);
    vi.advanceTimersByTime(20_001);
    await expect(live).rejects.toMatchObject({ kind: 'unavailable' });
    if (!peer.socket.closed) await once(peer.socket, 'close');
  });
});
