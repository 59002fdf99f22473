import { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader } from '../../src/http2/frame-reader.ts';
import { FLAG, MAX_WINDOW_BYTES } from '../../src/http2/frames.ts';
import { OutgoingBody, SendQueue } from '../../src/http2/send-queue.ts';

const KIB = 1024;

/** A DATA frame that was sent. */
interface Sent {
  readonly streamId: number;
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** A queue whose socket takes everything, and the frames that came. */
function openQueue(): { queue: SendQueue; sent: Sent[] } {
  const sent: Sent[] = [];
  const pieces: Buffer[] = [];
  const reader = new FrameReader({
    frame: () => undefined,
    dataBegins: () => undefined,
    data: (_, { chunk, from, to }) => pieces.push(Buffer.from(chunk.subarray(from, to))),
    dataEnds: ({ streamId, flags }) => {
      const bytes = Buffer.concat(pieces.splice(0));
      sent.push({ streamId, bytes, isLast: (flags & FLAG.END_STREAM) !== 0 });
    },
  });
  const socket = new Writable({
    write(chunk: Buffer, _, callback) {
      reader.read(chunk);
      callback();
    },
  });
  return { queue: new SendQueue(socket), sent };
}

/** Long enough for all that can be sent. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate);
}

function bodyOf(streamId: number, bytes: number, windowBytes = MAX_WINDOW_BYTES): OutgoingBody {
  return new OutgoingBody(streamId, [Buffer.alloc(bytes, streamId)], windowBytes);
}

function bytesOf(sent: readonly Sent[], streamId: number): number {
  return sent.reduce(
    (sum, frame) => sum + (frame.streamId === streamId ? frame.bytes.length : 0),
    0,
  );
}

const part = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const parts = fc.array(part, { minLength: 1, maxLength: 5 });
const bodies = fc.array(
  fc.tuple(
    parts.filter((all) => all.some(({ length }) => length > 0)),
    fc.nat({ max: 900 }),
  ),
  { minLength: 1, maxLength: 5 },
);

it('bodies go out whole and in order, in frames that the peer takes, as far as windows let them', async () => {
  const frameBytes = fc.integer({ min: 1, max: 400 });
  await fc.assert(
    fc.asyncProperty(bodies, frameBytes, async (all, maxFrameBytes) => {
      const { queue, sent } = openQueue();
      queue.maxFrameBytes = maxFrameBytes;
      for (const [index, [body, window]] of all.entries()) {
        queue.add(new OutgoingBody(index, body, window));
      }
      await settled();
      for (const [index, [body, window]] of all.entries()) {
        const own = sent.filter(({ streamId }) => streamId === index);
        const expected = Buffer.concat(body);
        expect(Buffer.concat(own.map(({ bytes }) => bytes))).toEqual(expected.subarray(0, window));
        const isWhole = window >= expected.length;
        expect(own.map(({ isLast }) => isLast)).toEqual(
          own.map((_, at) => isWhole && at === own.length - 1),
        );
      }
      const lengths = sent.map(({ bytes }) => bytes.length);
      expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(maxFrameBytes);
    }),
    { numRuns: 50 },
  );
});

it('all bodies together keep to the window of the connection, and go on when it grows', async () => {
  const { queue, sent } = openQueue();
  for (const id of [1, 3, 5]) queue.add(bodyOf(id, 100 * KIB));
  await settled();
  const total = (): number => [1, 3, 5].reduce((sum, id) => sum + bytesOf(sent, id), 0);
  expect(total()).toBe(65_535);
  queue.growWindow(1000);
  queue.schedule();
  await settled();
  expect(total()).toBe(66_535);
});

it('a body goes on when its own window grows, also from below 0', async () => {
  const { queue, sent } = openQueue();
  const body = bodyOf(1, 100, 10);
  queue.add(body);
  await settled();
  for (const change of [-50, 55]) {
    body.growWindow(change);
    queue.schedule();
    await settled();
  }
  expect(sent.map(({ bytes }) => bytes.length)).toEqual([10, 5]);
});

it('large bodies take turns', async () => {
  const { queue, sent } = openQueue();
  for (const id of [1, 3, 5, 7]) queue.add(bodyOf(id, 4096 * KIB));
  queue.growWindow(1024 * KIB);
  await settled();
  const shares = [1, 3, 5, 7].map((id) => bytesOf(sent, id));
  expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(64 * KIB);
});

it('a small body goes before large ones that are on their way', async () => {
  const { queue, sent } = openQueue();
  for (const id of [1, 3, 5]) queue.add(bodyOf(id, 4096 * KIB));
  await settled();
  const before = sent.length;
  queue.add(bodyOf(7, 10));
  queue.growWindow(1024 * KIB);
  await settled();
  expect(sent[before]).toMatchObject({ streamId: 7, isLast: true });
});

it('a body that was removed is not sent on', async () => {
  const { queue, sent } = openQueue();
  const body = bodyOf(1, 100, 10);
  queue.add(body);
  await settled();
  queue.remove(body);
  body.growWindow(90);
  queue.schedule();
  await settled();
  expect(bytesOf(sent, 1)).toBe(10);
});

it('a body whose memory is taken away ends early', async () => {
  const { queue, sent } = openQueue();
  const memory = [100, 100].map((bytes) => Buffer.from(new ArrayBuffer(bytes)));
  const body = new OutgoingBody(1, memory, 50);
  queue.add(body);
  await settled();
  for (const { buffer } of memory) buffer.transfer();
  body.growWindow(1000);
  queue.schedule();
  await settled();
  expect(sent.map(({ bytes, isLast }) => [bytes.length, isLast])).toEqual([
    [50, false],
    [0, true],
  ]);
});

it('a socket that takes nothing gets little, and it gets bodies without a copy', async () => {
  const got: Buffer[] = [];
  const stuck = new Writable({
    writev: (chunks) => got.push(...chunks.map(({ chunk }) => chunk as Buffer)),
  });
  const queue = new SendQueue(stuck);
  const data = Buffer.alloc(8192 * KIB);
  for (const id of [1, 3, 5, 7]) queue.add(new OutgoingBody(id, [data], MAX_WINDOW_BYTES));
  queue.growWindow(2 ** 30);
  await settled();
  expect(got.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(300 * KIB);
  expect(stuck.writableLength).toBeLessThan(300 * KIB);
  const large = got.filter(({ length }) => length > 9);
  expect(large.length).toBeGreaterThan(0);
  expect(large.every(({ buffer }) => buffer === data.buffer)).toBe(true);
});
