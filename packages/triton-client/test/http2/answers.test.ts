import { expect, it } from 'vitest';
import { ERROR_CODE, FLAG, FRAME, frame, resetFrame } from '../../src/http2/frames.ts';
import { encodeHeaders } from '../../src/http2/hpack.ts';
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
const END = FLAG.END_HEADERS | FLAG.END_STREAM;

/** What becomes of a call that is answered so. */
async function answered(
  bytesOf: (streamId: number) => Buffer | readonly Buffer[],
): Promise<boolean> {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  const peer = await server.greet();
  peer.send(...[bytesOf(await peer.nextCall())].flat());
  return await live;
}

it('an answer may come byte by byte', async () => {
  await using server = await startScriptedServer();
  const live = server.client.serverLive(OPTIONS);
  const peer = await server.greet();
  peer.socket.setNoDelay(true);
  for (const byte of answer(await peer.nextCall())) {
    peer.send(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  expect(await live).toBe(true);
});

it.each<[string, (id: number) => readonly Buffer[]]>([
  [
    'with informational headers before',
    (id) => [headersFrame(id, { ':status': '103' }), answer(id)],
  ],
  [
    'in many frames, some of them empty',
    (id) => [
      beginAnswer(id),
      ...[...grpcMessage(LIVE)].flatMap((byte) => [
        dataFrame(id, Buffer.alloc(0)),
        dataFrame(id, Buffer.of(byte)),
      ]),
      endAnswer(id),
    ],
  ],
  ['with a priority and padding', (id) => [paddedHeaders(id), answer(id).subarray(headLength(id))]],
  ['with its headers in pieces', (id) => [...tornHeaders(id), answer(id).subarray(headLength(id))]],
  [
    'among frames that nobody knows',
    (id) => [
      frame({ type: 2, flags: 0, streamId: id }, Buffer.alloc(5)),
      frame({ type: 0x42, flags: 0xff, streamId: 0 }, Buffer.alloc(70_000)),
      answer(id),
    ],
  ],
  ['and reset afterwards', (id) => [answer(id), resetFrame(id, ERROR_CODE.NO_ERROR)]],
])('an answer %s is one', async (_, bytesOf) => {
  expect(await answered(bytesOf)).toBe(true);
});

it.each<[string, string, (id: number) => readonly Buffer[]]>([
  ['nothing', 'no status', (id) => [headersFrame(id, { ':status': '200' }, END)]],
  ['no message', 'no whole message', (id) => [beginAnswer(id), endAnswer(id)]],
  ['no trailers', 'no status', (id) => [beginAnswer(id), dataFrame(id, grpcMessage(LIVE), 1)]],
  [
    'half a message',
    'no whole message',
    (id) => [beginAnswer(id), dataFrame(id, grpcMessage(LIVE).subarray(0, 6)), endAnswer(id)],
  ],
  [
    'two messages',
    'more than one message',
    (id) => [
      beginAnswer(id),
      dataFrame(id, Buffer.concat([grpcMessage(LIVE), grpcMessage(LIVE)])),
      endAnswer(id),
    ],
  ],
  [
    'a compressed message',
    'a compressed message',
    (id) => [beginAnswer(id), dataFrame(id, Buffer.of(1, 0, 0, 0, 0))],
  ],
  [
    'a message of 2 GiB',
    'a message of 2147483648 bytes',
    (id) => [beginAnswer(id), dataFrame(id, Buffer.of(0, 0x80, 0, 0, 0))],
  ],
  ['data before headers', 'data before headers', (id) => [dataFrame(id, grpcMessage(LIVE))]],
  ['headers in between', 'trailers that are', (id) => [beginAnswer(id), beginAnswer(id)]],
  [
    'a strange status',
    'no status',
    (id) => [beginAnswer(id), endAnswer(id, { 'grpc-status': '' })],
  ],
])('an answer of %s has failed', async (_, message, bytesOf) => {
  const failed = { kind: 'failed', message: expect.stringContaining(message) as string };
  await expect(answered(bytesOf)).rejects.toMatchObject(failed);
});

it.each([
  ['', ''],
  ['plain', 'plain'],
  ['100%25 caf%C3%A9%2F', '100% café/'],
  ['%zz stays', '%zz stays'],
])('a message of "%s" reads "%s"', async (encoded, message) => {
  const trailers = { ':status': '200', 'grpc-status': '13', 'grpc-message': encoded };
  const failed = answered((id) => headersFrame(id, trailers, END));
  await expect(failed).rejects.toMatchObject({ kind: 'failed', cause: { details: message } });
});

it.each([
  ['401', 'restricted'],
  ['404', 'invalid-argument'],
  ['500', 'failed'],
  ['503', 'unavailable'],
])('HTTP status %s is %s, with a body and without', async (status, kind) => {
  const headers = { ':status': status };
  const message = `Received HTTP status code ${status}`;
  const bare = answered((id) => headersFrame(id, headers, END));
  await expect(bare).rejects.toMatchObject({ kind, message });
  const html = answered((id) => [
    headersFrame(id, headers),
    dataFrame(id, Buffer.from('<p>no'), 1),
  ]);
  await expect(html).rejects.toMatchObject({ kind, message });
});

it('a gRPC status counts more than that of HTTP', async () => {
  const headers = { ':status': '503', 'grpc-status': '5' };
  const failed = answered((id) => headersFrame(id, headers, END));
  await expect(failed).rejects.toMatchObject({ kind: 'not-found' });
});

it.each<[string, number, string]>([
  ['NO_ERROR', 0, 'unavailable'],
  ['PROTOCOL_ERROR', 1, 'unavailable'],
  ['INTERNAL_ERROR', 2, 'unavailable'],
  ['REFUSED_STREAM', 7, 'unavailable'],
  ['CANCEL', 8, 'cancelled'],
  ['ENHANCE_YOUR_CALM', 11, 'queue-full'],
  ['INADEQUATE_SECURITY', 12, 'restricted'],
  ['none that anybody knows', 99, 'unavailable'],
])('a reset with %s (%d) is %s', async (_, errorCode, kind) => {
  const failed = answered((id) => [beginAnswer(id), resetFrame(id, errorCode)]);
  await expect(failed).rejects.toMatchObject({ kind });
});

function headLength(id: number): number {
  return beginAnswer(id).length;
}

function paddedHeaders(streamId: number): Buffer {
  const block = encodeHeaders([[':status', '200']]);
  const flags = FLAG.END_HEADERS | FLAG.PADDED | FLAG.PRIORITY;
  const payload = Buffer.concat([Buffer.of(3), Buffer.alloc(5), block, Buffer.alloc(3)]);
  return frame({ type: FRAME.HEADERS, flags, streamId }, payload);
}

function tornHeaders(streamId: number): Buffer[] {
  const [first = 0, ...rest] = encodeHeaders([
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ]);
  const pieces = rest.map((byte, index) => {
    const flags = index === rest.length - 1 ? FLAG.END_HEADERS : 0;
    return frame({ type: FRAME.CONTINUATION, flags, streamId }, Buffer.of(byte));
  });
  return [frame({ type: FRAME.HEADERS, flags: 0, streamId }, Buffer.of(first)), ...pieces];
}
