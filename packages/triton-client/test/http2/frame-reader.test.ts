import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader } from '../../src/http2/frame-reader.ts';
import { FLAG, FRAME, frame, type FrameHead, ProtocolError } from '../../src/http2/frames.ts';

/** Any frame: of a type that is known, or not. */
const frames = fc
  .record({
    type: fc.constantFrom(...Object.values(FRAME), 2, 0x42),
    flags: fc.constantFrom(0, FLAG.END_STREAM, FLAG.END_HEADERS),
    streamId: fc.nat({ max: 2 ** 31 - 1 }),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ payload, ...head }) => ({ head, payload: Buffer.from(payload) }));

it('frames are the same wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(frames), fc.array(fc.integer({ min: 1, max: 12 })), (all, cuts) => {
      const bytes = Buffer.concat(all.map(({ head, payload }) => frame(head, payload)));
      expect(read(cut(bytes, cuts))).toEqual(read([Buffer.from(bytes)]));
      expect(read([Buffer.from(bytes)])).toEqual(
        all.map(({ head, payload }) => told(head, payload)),
      );
    }),
  );
});

it('padding is left out of data, wherever the bytes are cut', () => {
  const sizes = fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(sizes), fc.array(fc.integer({ min: 1, max: 12 })), (all, cuts) => {
      const head = { type: FRAME.DATA, flags: FLAG.PADDED, streamId: 1 };
      const bytes = all.map(([dataBytes, padding]) => {
        const data = Buffer.alloc(dataBytes, 7);
        return frame(head, Buffer.concat([Buffer.of(padding), data, Buffer.alloc(padding)]));
      });
      const data = read(cut(Buffer.concat(bytes), cuts)).map(({ payload }) => payload);
      expect(data).toEqual(all.map(([dataBytes]) => '07'.repeat(dataBytes)));
    }),
  );
});

it.each([
  ['more padding than payload', { flags: FLAG.PADDED, type: FRAME.DATA }, Buffer.of(2, 0)],
  ['padding and no payload', { flags: FLAG.PADDED, type: FRAME.DATA }, Buffer.alloc(0)],
])('%s is an error', (_, head, payload) => {
  expect(() => read([frame({ ...head, streamId: 1 }, payload)])).toThrow(ProtocolError);
});

it.each([
  ['data', FRAME.DATA, 1024 * 1024],
  ['headers', FRAME.HEADERS, 64 * 1024],
  ['what nobody knows', 0x42, 1024 * 1024],
])('a frame of %s larger than announced is an error at its head', (_, type, maxBytes) => {
  const head = { type, flags: 0, streamId: 1 };
  expect(() => read([frame({ ...head, length: maxBytes })])).not.toThrow();
  expect(() => read([frame({ ...head, length: maxBytes + 1 })])).toThrow(ProtocolError);
});

interface Told {
  readonly type: number;
  readonly streamId: number;
  /** Hex; of frames that nobody knows it is passed over. */
  readonly payload: string;
}

function told({ type, streamId }: Omit<FrameHead, 'length'>, payload: Buffer): Told {
  const isKnown = (Object.values(FRAME) as number[]).includes(type);
  return { type, streamId, payload: isKnown ? payload.toString('hex') : '' };
}

function read(chunks: readonly Buffer[]): Told[] {
  const all: Told[] = [];
  let data = '';
  const reader = new FrameReader({
    frame: (head, payload) => all.push(told(head, payload)),
    dataBegins: () => void (data = ''),
    data: (_, { chunk, from, to }) => void (data += chunk.toString('hex', from, to)),
    dataEnds: (head) => all.push(told(head, Buffer.from(data, 'hex'))),
  });
  for (const chunk of chunks) {
    reader.read(chunk);
    // The reader must have copied what it keeps.
    chunk.fill(0xee);
  }
  return all;
}

/** Copies of the bytes, cut into pieces of these lengths, over and over. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let [at, turn] = [0, 0]; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? bytes.length;
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}
