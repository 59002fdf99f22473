// A decoder: answers its worker's questions about sources, one at a time, until their channel closes. It does nothing
// else and is given nothing else, so that a hostile source can break only this process.
import process from 'node:process';
import type { ErrorCode } from '@imagen/contracts';
import { toJobError } from '../errors.ts';
import { decode, measure } from '../image/decode.ts';
import type { Answer } from './answers.ts';
import { MAX_DECODER_BYTES, type Question, SCRATCH_FD, TOO_MUCH_MEMORY } from './protocol.ts';
import { readPart, writePart } from './scratch-file.ts';

/** How often memory is looked at, while libvips works in a thread of its own. */
const POLL_MS = 10;

async function answer({ ask, sourceBytes }: Question): Promise<Answer> {
  using memory = new DisposableStack();
  try {
    const bytes = await readPart(SCRATCH_FD, 0, sourceBytes);
    memory.defer(() => release(bytes));
    if (ask === 'measure') return { measured: await measure(bytes) };
    const { picture, ...rest } = await decode(bytes);
    const { rgb, alpha, space } = picture;
    memory.defer(() => release(rgb.data));
    if (alpha) memory.defer(() => release(alpha.data));
    await writePart(SCRATCH_FD, 0, rgb.data);
    if (alpha) await writePart(SCRATCH_FD, rgb.data.length, alpha.data);
    return { decoded: { ...rest, hasAlpha: alpha !== undefined, space } };
  } catch (error) {
    const { code, message, cause } = toJobError(error);
    const detail = cause instanceof Error ? detailOf(code, cause).slice(0, 2000) : '';
    return { refused: { code, message, detail } };
  }
}

/** Gives memory back at once, all that lies in its buffer: V8 hardly notices what is outside of its heap. */
function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** What libvips says; of a mistake of ours, where it is. */
function detailOf(code: ErrorCode, { message, stack }: Error): string {
  return code === 'INTERNAL' && stack !== undefined ? stack : message;
}

async function work(question: Question): Promise<void> {
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > MAX_DECODER_BYTES) process.exit(TOO_MUCH_MEMORY);
  }, POLL_MS);
  process.send?.(await answer(question));
  clearInterval(watch);
}

process.on('message', (question: Question) => void work(question));
process.on('disconnect', () => process.exit());
