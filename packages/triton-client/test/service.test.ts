import { getEventListeners, once } from 'node:events';
import { constants } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTritonClient, type TritonClient } from '../src/index.ts';
import { startFakeServer } from './support/fake-server.ts';
import { startMuteServer, unusedAddress } from './support/loopback.ts';
import { patterned } from './support/tensors.ts';

/** So long that a test which waits for it fails. */
const OPTIONS = { deadlineMs: 60_000 };

function clientOf(address: string): TritonClient {
  const client = createTritonClient(address);
  onTestFinished(() => client.close());
  return client;
}

describe('a call', () => {
  it.each<[keyof typeof status, string, string]>([
    ['UNAVAILABLE', '[request id: 7] Exceeds maximum queue size', 'queue-full'],
    ['INTERNAL', "Stub process 'm_0_0' is not healthy.", 'stub-dead'],
    ['INVALID_ARGUMENT', 'no', 'invalid-argument'],
  ])('fails with the server’s words and the kind that %s "%s" has', async (code, message, kind) => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).fail(status[code], message);
    const cause = { code: status[code] };
    await expect(answer).rejects.toMatchObject({ name: 'TritonError', message, kind, cause });
  });

  it('has a message also where the server sends none', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).fail(status.UNAVAILABLE, '');
    await expect(answer).rejects.toThrow(/UNAVAILABLE/);
  });

  it('is unavailable where nobody listens', async () => {
    const client = clientOf(await unusedAddress());
    await expect(client.serverLive(OPTIONS)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is unavailable when its connection breaks', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).stream.session?.destroy();
    await expect(answer).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is unavailable when its stream is reset', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    await expect(answer).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('takes answers larger than 4 MiB', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.infer({ modelName: 'm', inputs: [] }, OPTIONS);
    const { data, ...output } = patterned('X', [5 * 1024 * 1024]);
    (await fake.nextCall()).answer({ outputs: [output], rawOutputContents: [data] });
    const { outputs } = await answer;
    expect(outputs.map((received) => Buffer.compare(received.data, data))).toEqual([0]);
  });

  it('lets the server send 16 MiB ahead, on its stream and on its connection', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    const call = await fake.nextCall();
    const window = 16 * 1024 * 1024;
    expect(call.stream.session?.remoteSettings.initialWindowSize).toBe(window);
    await vi.waitFor(() => expect(call.stream.session?.state.remoteWindowSize).toBe(window));
    call.answer({ live: true });
    expect(await answer).toBe(true);
  });
});

describe('a deadline', () => {
  it('ends a call that the server does not answer, there too', async () => {
    await using fake = await startFakeServer();
    const connected = fake.client.serverLive(OPTIONS);
    (await fake.nextCall()).answer({ live: true });
    await connected;
    const answer = fake.client.serverLive({ deadlineMs: 200 });
    await expect(answer).rejects.toMatchObject({ kind: 'deadline-exceeded' });
    const { stream } = await fake.nextCall();
    if (!stream.closed) await once(stream, 'close');
  });

  it('ends a call whose connection does not come about', async () => {
    await using mute = await startMuteServer();
    const answer = clientOf(mute.address).serverLive({ deadlineMs: 100 });
    await expect(answer).rejects.toMatchObject({ kind: 'deadline-exceeded' });
  });

  it.each([0, -1])('of %d ms is over', async (deadlineMs) => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive({ deadlineMs });
    await expect(answer).rejects.toMatchObject({ kind: 'deadline-exceeded' });
  });

  it.each([2 ** 31, 1e15, Infinity])('may be as far as %d ms', async (deadlineMs) => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive({ deadlineMs });
    (await fake.nextCall()).answer({ live: true });
    expect(await answer).toBe(true);
  });

  it('is a number', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive({ deadlineMs: NaN });
    await expect(answer).rejects.toMatchObject({ kind: 'invalid-argument' });
  });
});

describe('an abort', () => {
  const reason = { because: 'the job is over' };

  it('rejects a running call with its own reason, and cancels it at the server', async () => {
    await using fake = await startFakeServer();
    const controller = new AbortController();
    const answer = fake.client.serverLive({ ...OPTIONS, signal: controller.signal });
    const { stream } = await fake.nextCall();
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    if (!stream.closed) await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it('rejects a call that still waits for its connection', async () => {
    await using mute = await startMuteServer();
    const controller = new AbortController();
    const options = { ...OPTIONS, signal: controller.signal };
    const answer = clientOf(mute.address).serverLive(options);
    setImmediate(() => controller.abort(reason));
    await expect(answer).rejects.toBe(reason);
  });

  it('keeps a call from being sent at all', async () => {
    await using fake = await startFakeServer();
    const aborted = fake.client.serverReady({ ...OPTIONS, signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    const answer = fake.client.serverLive(OPTIONS);
    const call = await fake.nextCall();
    expect(call.method).toBe('ServerLive');
    call.answer({ live: true });
    expect(await answer).toBe(true);
  });

  it('is not listened for any more when a call has ended, well or not', async () => {
    await using fake = await startFakeServer();
    const { signal } = new AbortController();
    const answers = [fake.client.serverLive({ ...OPTIONS, signal })];
    (await fake.nextCall()).answer({ live: true });
    answers.push(fake.client.serverLive({ ...OPTIONS, signal }));
    expect(getEventListeners(signal, 'abort')).not.toEqual([]);
    (await fake.nextCall()).fail(status.INTERNAL, 'no');
    await Promise.allSettled(answers);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a closed client', () => {
  const cancelled = { name: 'TritonError', kind: 'cancelled', message: 'the client is closed' };

  it('has ended its running calls, here and at the server, and its connection', async () => {
    await using fake = await startFakeServer();
    const answer = fake.client.serverLive(OPTIONS);
    const { stream } = await fake.nextCall();
    const session = fake.sessions[0];
    fake.client.close();
    await expect(answer).rejects.toMatchObject(cancelled);
    if (!stream.closed) await once(stream, 'close');
    if (!session?.closed) await once(session ?? stream, 'close');
  });

  it('has ended calls that wait for their connection', async () => {
    await using mute = await startMuteServer();
    const client = clientOf(mute.address);
    const answers = [client.serverLive(OPTIONS), client.serverReady(OPTIONS)];
    setImmediate(() => client.close());
    await expect(Promise.any(answers)).rejects.toMatchObject({ errors: [cancelled, cancelled] });
  });

  it('does not cancel calls that have ended', async () => {
    await using fake = await startFakeServer();
    const answers = [fake.client.serverLive(OPTIONS), fake.client.serverLive(OPTIONS)];
    const calls = [await fake.nextCall(), await fake.nextCall()];
    calls[0]?.answer({ live: true });
    calls[1]?.fail(status.INTERNAL, 'no');
    await Promise.allSettled(answers);
    fake.client.close();
    const session = fake.sessions[0];
    if (session && !session.closed) await once(session, 'close');
    const { NGHTTP2_NO_ERROR } = constants;
    expect(calls.map(({ stream }) => stream.rstCode)).toEqual([NGHTTP2_NO_ERROR, NGHTTP2_NO_ERROR]);
  });

  it('sends nothing any more, and may be closed again', async () => {
    await using fake = await startFakeServer();
    {
      using client = fake.client;
      client.close();
    }
    await expect(fake.client.serverLive(OPTIONS)).rejects.toMatchObject(cancelled);
    expect(fake.sessions).toEqual([]);
  });

  it('leaves the calls of another client of the same server alone', async () => {
    await using fake = await startFakeServer();
    const other = clientOf(fake.address);
    const answers = [other.serverLive(OPTIONS), fake.client.serverLive(OPTIONS)];
    const calls = [await fake.nextCall(), await fake.nextCall()];
    fake.client.close();
    await expect(answers[1]).rejects.toMatchObject(cancelled);
    for (const call of calls) if (!call.stream.closed) call.answer({ live: true });
    expect(await answers[0]).toBe(true);
    expect(fake.sessions.filter(({ closed }) => !closed)).toHaveLength(1);
  });
});
