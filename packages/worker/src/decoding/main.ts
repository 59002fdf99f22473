// A decoder: answers its worker's questions about sources, one at a time, until their channel closes. It does nothing
// else and is given nothing else, so that a hostile source can break only this process.
import process from 'node:process';
import type { ErrorCode } from '@imagen/contracts';
import { toJobError } from '../errors.ts';
import { decode, measure } from '../image/decode.ts';
import type { Answer } from './answers.ts';
import { MAX_DECODER_BYTES, type Question, SCRATCH_FD, TOO_MUCH_MEMORY } from './protocol.ts';
import { readPart, writePart } from './scratch-file.ts';

/** Pixels that may lie about: to collect them takes some 10 ms. */
const GARBAGE_BYTES = 16e6;
/** How often memory is looked at, while libvips works in a thread of its own. */
const POLL_MS = 10;

async function answer({ ask, sourceBytes }: Question): Promise<Answer> {
  try {
    const bytes = await readPart(SCRATCH_FD, 0, sourceBytes);
    if (ask === 'measure') return { measured: await measure(bytes) };
    const { picture, ...rest } = await decode(bytes);
    const { rgb, alpha, space } = picture;
    await writePart(SCRATCH_FD, 0, rgb.data);
    if (alpha) await writePart(SCRATCH_FD, rgb.data.length, alpha.data);
    return { decoded: { ...rest, hasAlpha: alpha !== undefined, space } };
  } catch (error) {
    const { code, message, cause } = toJobError(error);
    const detail = cause instanceof Error ? detailOf(code, cause).slice(0, 2000) : '';
    return { refused: { code, message, detail } };
  }
}

/** What libvips says; of a mistake of ours, where it is. */
function detailOf(code: ErrorCode, { message, stack }: Error): string {
  return code === 'INTERNAL' && stack !== undefined ? stack : message;
}

async function work(question: Question): Promise<void> {
  process.send?.(await answer(question));
  // Pixels live outside of V8's heap, which would not notice them for long.
  if (process.memoryUsage().arrayBuffers > GARBAGE_BYTES) globalThis.gc?.();
}

process.on('message', (question: Question) => void work(question));
process.on('disconnect', () => process.exit());

setInterval(() => {
  if (process.memoryUsage.rss() > MAX_DECODER_BYTES) process.exit(TOO_MUCH_MEMORY);
}, POLL_MS);
