import { once } from 'node:events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TritonError } from '../../src/index.ts';
import {
  ERROR_CODE,
  FLAG,
  FRAME,
  frame,
  goAwayFrame,
  SETTING,
  settingsFrame,
  windowUpdateFrame,
} from '../../src/http2/frames.ts';
import {
  answer,
  beginAnswer,
  dataFrame,
  endAnswer,
  grpcMessage,
  headersFrame,
  LIVE,
  startScriptedServer,
} from '../support/scripted-server.ts';

const OPTIONS = { deadlineMs: 10_000 };
const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR } = ERROR_CODE;
const { COMPRESSION_ERROR } = ERROR_CODE;

const head = (
  type: number,
  streamId = 0,
  flags = 0,
): { type: number; flags: number; streamId: number } => ({ type, flags, streamId });
const SOME = Buffer.alloc(4);

it.each<[string, number, readonly Buffer[]]>([
  ['settings on a stream', PROTOCOL_ERROR, [frame(head(FRAME.SETTINGS, 1))]],
  ['settings of 5 bytes', FRAME_SIZE_ERROR, [frame(head(FRAME.SETTINGS), Buffer.alloc(5))]],
  [
    'an ack with settings',
    FRAME_SIZE_ERROR,
    [frame(head(FRAME.SETTINGS, 0, FLAG.ACK), Buffer.alloc(6))],
  ],
  ['a frame size too small', PROTOCOL_ERROR, [settingsFrame([[SETTING.MAX_FRAME_SIZE, 16_383]])]],
  ['a frame size too large', PROTOCOL_ERROR, [settingsFrame([[SETTING.MAX_FRAME_SIZE, 2 ** 24]])]],
  [
    'an initial window too large',
    FLOW_CONTROL_ERROR,
    [settingsFrame([[SETTING.INITIAL_WINDOW_SIZE, 2 ** 31]])],
  ],
  ['a ping of 4 bytes', FRAME_SIZE_ERROR, [frame(head(FRAME.PING), SOME)]],
  ['a ping on a stream', PROTOCOL_ERROR, [frame(head(FRAME.PING, 1), Buffer.alloc(8))]],
  ['a short farewell', FRAME_SIZE_ERROR, [frame(head(FRAME.GOAWAY), SOME)]],
  ['a window update of nothing', PROTOCOL_ERROR, [windowUpdateFrame(0, 0)]],
  [
    'a window update of 3 bytes',
    FRAME_SIZE_ERROR,
    [frame(head(FRAME.WINDOW_UPDATE), Buffer.alloc(3))],
  ],
  ['a window too large', FLOW_CONTROL_ERROR, [windowUpdateFrame(0, 2 ** 31 - 1)]],
  ['a stream’s window too large', FLOW_CONTROL_ERROR, [windowUpdateFrame(1, 2 ** 31 - 1)]],
  ['a reset of 3 bytes', FRAME_SIZE_ERROR, [frame(head(FRAME.RST_STREAM, 1), Buffer.alloc(3))]],
  ['a reset of no stream', PROTOCOL_ERROR, [frame(head(FRAME.RST_STREAM), SOME)]],
  ['a push', PROTOCOL_ERROR, [frame(head(FRAME.PUSH_PROMISE, 1), SOME)]],
  ['data of no stream', PROTOCOL_ERROR, [dataFrame(0, SOME)]],
  ['data of a stream never opened', PROTOCOL_ERROR, [dataFrame(3, SOME)]],
  ['data of a stream of its own', PROTOCOL_ERROR, [dataFrame(2, SOME)]],
  ['headers of a stream never opened', PROTOCOL_ERROR, [beginAnswer(5)]],
  ['a continuation of nothing', PROTOCOL_ERROR, [frame(head(FRAME.CONTINUATION, 1), SOME)]],
  ['other frames in a header block', PROTOCOL_ERROR, [headersFrame(1, {}, 0), dataFrame(1, SOME)]],
  [
    'more padding than headers',
    PROTOCOL_ERROR,
    [frame(head(FRAME.HEADERS, 1, FLAG.PADDED), Buffer.of(9))],
  ],
  [
    'headers that are none',
    COMPRESSION_ERROR,
    [frame(head(FRAME.HEADERS, 1, FLAG.END_HEADERS), Buffer.of(0xff))],
  ],
  [
    'a frame larger than announced',
    FRAME_SIZE_ERROR,
    [frame({ ...head(FRAME.DATA, 1), length: 1024 * 1024 + 1 })],
  ],
])('%s ends the connection with code %d, and its calls are unavailable', async (_, code, bytes) => {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  const peer = await server.greet();
  await peer.nextCall();
  peer.send(...bytes);
  await expect(live).rejects.toMatchObject({ kind: 'unavailable', cause: { code: 14 } });
  expect((await peer.next(FRAME.GOAWAY)).payload.readUInt32BE(4)).toBe(code);
});

it.each<[string, string, readonly Buffer[]]>([
  ['headers', 'header block', [headersFrame(1, {}, 0), ...many(40, continuation(2000))]],
  ['continuations', 'header block', [headersFrame(1, {}, 0), ...many(300, continuation(0))]],
  ['settings', 'flood', many(10_001, settingsFrame([]))],
  ['pings', 'flood', many(10_001, frame(head(FRAME.PING), Buffer.alloc(8)))],
  ['empty data', 'flood', [beginAnswer(1), ...many(10_001, dataFrame(1, Buffer.alloc(0)))]],
  ['priorities', 'flood', many(10_001, frame(head(2, 1), Buffer.alloc(5)))],
])('%s without end are not taken', async (_, message, bytes) => {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  const peer = await server.greet();
  await peer.nextCall();
  peer.send(...bytes);
  const unavailable = { kind: 'unavailable', message: expect.stringContaining(message) as string };
  await expect(live).rejects.toMatchObject(unavailable);
  if (!peer.socket.closed) await once(peer.socket, 'close');
});

it('a peer that speaks something else is unavailable', async () => {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  (await server.accept()).send(
    Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  );
  await expect(live).rejects.toMatchObject({ kind: 'unavailable' });
});

it('a peer that begins without settings is unavailable', async () => {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  (await server.accept()).send(windowUpdateFrame(0, 1));
  await expect(live).rejects.toMatchObject({ kind: 'unavailable' });
});

/** Bytes of a good answer and of its neighbourhood: some are changed, left out, or doubled. */
const MUTATED = fc
  .tuple(
    fc.constantFrom(
      Buffer.concat([settingsFrame([[SETTING.MAX_FRAME_SIZE, 20_000]]), answer(1)]),
      Buffer.concat([
        beginAnswer(1),
        dataFrame(1, grpcMessage(LIVE)),
        goAwayFrame(0),
        endAnswer(1),
      ]),
    ),
    fc.array(fc.tuple(fc.nat({ max: 90 }), fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([bytes, changes]) => {
    const all = [...bytes];
    for (const [at, value, length] of changes)
      all.splice(at, 1, ...Array<number>(length).fill(value));
    return Buffer.from(all);
  });

it('whatever bytes come, a call ends with an answer or a TritonError', async () => {
  await using server = await startScriptedServer();
  const any = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof(any, MUTATED), async (bytes) => {
      const outcome = server.client.serverLive(OPTIONS).catch((error: unknown) => error);
      const peer = await server.greet();
      await peer.nextCall();
      peer.socket.end(bytes);
      const result = await outcome;
      expect(typeof result === 'boolean' || result instanceof TritonError).toBe(true);
      if (!peer.socket.closed) await once(peer.socket, 'close');
    }),
    { numRuns: 300 },
  );
});

function many(count: number, bytes: Buffer): Buffer[] {
  return Array.from({ length: count }, () => bytes);
}

function continuation(bytes: number): Buffer {
  return frame(head(FRAME.CONTINUATION, 1), Buffer.alloc(bytes));
}
