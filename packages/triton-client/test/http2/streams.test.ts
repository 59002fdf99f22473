import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Exchange } from '../../src/http2/exchange.ts';
import { ProtocolError } from '../../src/http2/frames.ts';
import { SendQueue } from '../../src/http2/send-queue.ts';
import { Streams } from '../../src/http2/streams.ts';

const QUIET: Exchange = {
  encodeHeaders: () => Buffer.alloc(0),
  body: [Buffer.of(1)],
  headers: () => undefined,
  data: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
};

/** Streams of a peer that never reads. */
function stuckStreams(): Streams {
  const events = { ready: () => undefined, retired: () => undefined, drained: () => undefined };
  const streams = new Streams(new SendQueue(new Writable({ write: () => undefined })), events, 1);
  streams.settings([]);
  return streams;
}

it('any number of exchanges may be cancelled while the peer does not read', () => {
  const streams = stuckStreams();
  for (let count = 0; count < 20_000; count += 1) streams.add(QUIET)();
  expect(streams.isBusy).toBe(false);
});

it('a peer that asks and asks, but does not read the answers, is not borne', () => {
  const streams = stuckStreams();
  const ask = (): void => {
    for (let count = 0; count < 10_001; count += 1) streams.ping(Buffer.alloc(8));
  };
  expect(ask).toThrow(ProtocolError);
});
