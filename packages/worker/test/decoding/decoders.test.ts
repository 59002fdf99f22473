import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Decoder } from '../../src/decoding/decoder.ts';
import { openDecoders } from '../../src/decoding/decoders.ts';
import { JobError } from '../../src/errors.ts';
import { decode, measure } from '../../src/image/decode.ts';
import { gradientPicture, noisePicture, toPng, toSharp, withAlpha } from '../support/pictures.ts';

const { signal } = new AbortController();
const picture = gradientPicture({ widthPx: 48, heightPx: 32 });
const png = await toPng(picture);
let decoders: ReturnType<typeof openDecoders>;
beforeEach(() => {
  decoders = openDecoders();
});
afterEach(() => {
  vi.restoreAllMocks();
  decoders.close();
});

/** Decoder processes of this process that run. */
function running(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const [, , , parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return Number(parent) === process.pid && command.includes('decoding/main');
      } catch {
        return false; // It has ended, or is no process.
      }
    });
}

/** Stops the decoder that is idle, as a source would that keeps it busy for ever. */
async function stopDecoder(): Promise<void> {
  await decoders.measure(png, signal);
  for (const pid of running()) process.kill(pid, 'SIGSTOP');
}

describe('a decoder process', () => {
  it.each([
    ['an opaque PNG', async () => png],
    ['a PNG with alpha', async () => toPng(withAlpha(picture, (x) => 5 * x))],
    ['a JPEG in Display P3', async () => toSharp(picture).withIccProfile('p3').jpeg().toBuffer()],
    ['a large one', async () => toPng(noisePicture({ widthPx: 500, heightPx: 300 }, 1))],
  ])('gives what decoding in the worker would: %s', async (_, write) => {
    const bytes = await write();
    expect(await decoders.decode(bytes, signal)).toEqual(await decode(bytes));
    expect(await decoders.measure(bytes, signal)).toEqual(await measure(bytes));
  });

  it('refuses with the code and the words of the refusal', async () => {
    const refusal = decoders.decode(Buffer.from('no picture'), signal);
    await expect(refusal).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
    await expect(refusal).rejects.toThrow('send JPEG, PNG');
  });

  it('gives a picture nothing of a larger one before it', async () => {
    const large = withAlpha(noisePicture({ widthPx: 300, heightPx: 200 }, 2), (x) => x % 256);
    await decoders.decode(await toPng(large), signal);
    expect(await decoders.decode(png, signal)).toEqual(await decode(png));
  });

  it('is one for all questions that follow each other, and at most two work at a time', async () => {
    for (let i = 0; i < 3; i++) await decoders.measure(png, signal);
    expect(running()).toHaveLength(1);
    await Promise.all(Array.from({ length: 9 }, async () => decoders.decode(png, signal)));
    expect(running()).toHaveLength(2);
  });

  it('is never asked for a job that ended while it started', async () => {
    const asking = vi.spyOn(Decoder.prototype, 'measure');
    const ending = new AbortController();
    const asked = decoders.measure(png, ending.signal);
    // The queue has begun with it; the decoder has not started yet.
    await Promise.resolve();
    ending.abort(new JobError('LEASE_LOST', 'made up'));
    await expect(asked).rejects.toBe(ending.signal.reason);
    await vi.waitUntil(() => running().length === 1);
    expect(asking).not.toHaveBeenCalled();
  });
});

describe('a decoder that is stuck', () => {
  it('is killed when the time is over, and the source is UNDECODABLE_IMAGE', async () => {
    await stopDecoder();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stuck = decoders.decode(png, signal);
    const ended = stuck.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(30_000);
    vi.useRealTimers();
    expect(await ended).toMatchObject({
      code: 'UNDECODABLE_IMAGE',
      message: 'the source was not decoded within 30 s; export it again',
    });
    await vi.waitUntil(() => running().length === 0);
  });

  it('is killed when the job ends', async () => {
    await stopDecoder();
    const ending = new AbortController();
    const stuck = decoders.decode(png, ending.signal);
    ending.abort(new JobError('LEASE_LOST', 'made up'));
    await expect(stuck).rejects.toBe(ending.signal.reason);
    await vi.waitUntil(() => running().length === 0);
  });
});

describe('a decoder that dies', () => {
  it('while it is idle is replaced', async () => {
    await decoders.measure(png, signal);
    const [pid = 0] = running();
    process.kill(pid, 'SIGKILL');
    expect(await decoders.decode(png, signal)).toEqual(await decode(png));
  });

  it('before it has started is INTERNAL, and the worker goes on', async () => {
    const { execPath } = process;
    process.execPath = '/no-such-program';
    const refused = decoders.measure(png, signal).finally(() => (process.execPath = execPath));
    await expect(refused).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await decoders.measure(png, signal)).toEqual(await measure(png));
  });

  it.each([
    ['SIGSEGV', 'UNDECODABLE_IMAGE'],
    ['SIGKILL', 'INTERNAL'],
  ] as const)('of %s over a source twice: %s', async (death, code) => {
    await stopDecoder();
    const fatal = decoders.decode(png, signal);
    const ended = fatal.catch((error: unknown) => error);
    const seen = new Set<number>();
    while (seen.size < 2) {
      for (const pid of running().filter((each) => !seen.has(each))) {
        process.kill(pid, death);
        process.kill(pid, 'SIGCONT');
        seen.add(pid);
      }
      await new Promise(setImmediate);
    }
    expect(await ended).toMatchObject({ code });
  });
});
