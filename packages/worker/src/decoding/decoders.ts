import PQueue from 'p-queue';
import { JobError } from '../errors.ts';
import type { Decoders } from '../ports.ts';
import { limitTime } from '../time-limit.ts';
import { Decoder } from './decoder.ts';
import { MAX_DECODER_BYTES, TOO_MUCH_MEMORY } from './protocol.ts';

/** Decoders at a time. */
const DECODERS = 2;
/** Longest that a decoder may work on a source. */
const LIMIT_MS = 30_000;
/** Decoders that had nothing to do for this long are ended: each holds some 60 MB. */
const IDLE_MS = 60_000;
/** An idle decoder may have died for reasons of its own. */
const TRIES = 2;

/** Opens the decoders port: processes of their own, started when needed, killed when stuck. */
export function openDecoders(): Decoders & { close(): void } {
  const queue = new PQueue({ concurrency: DECODERS });
  const staff = new Staff();
  return {
    measure: async (bytes, signal) =>
      queue.add(async () => staff.employ((decoder) => decoder.measure(bytes), signal), { signal }),
    decode: async (bytes, signal) =>
      queue.add(async () => staff.employ((decoder) => decoder.decode(bytes), signal), { signal }),
    close: () => staff.dismiss(),
  };
}

/** The decoder processes. */
class Staff {
  readonly #idle: Decoder[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Has a decoder do an errand, within the time that it may take. One that does not survive it is tried twice. */
  async employ<T>(errand: (decoder: Decoder) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries++) {
      const decoder = this.#idle.pop() ?? (await Decoder.start());
      if (signal.aborted) {
        this.#rest(decoder);
        throw signal.reason as Error;
      }
      using limit = limitTime(LIMIT_MS, signal);
      limit.signal.addEventListener('abort', () => decoder.kill(), { once: true });
      try {
        const result = await errand(decoder);
        this.#rest(decoder);
        return result;
      } catch (error) {
        if (error instanceof JobError) {
          this.#rest(decoder);
          throw error;
        }
        decoder.kill();
        signal.throwIfAborted();
        if (limit.signal.aborted) throw undecodable(`was not decoded within ${LIMIT_MS / 1000} s`);
        const ending = await decoder.exited;
        if (ending === TOO_MUCH_MEMORY) throw tooMuchMemory();
        if (tries === TRIES) throw crashed(ending, error);
      }
    }
  }

  dismiss(): void {
    for (const decoder of this.#idle.splice(0)) decoder.dismiss();
  }

  #rest(decoder: Decoder): void {
    this.#idle.push(decoder);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), IDLE_MS).unref();
  }
}

function undecodable(problem: string, options?: ErrorOptions): JobError {
  return new JobError('UNDECODABLE_IMAGE', `the source ${problem}; export it again`, options);
}

function tooMuchMemory(): JobError {
  return new JobError(
    'IMAGE_TOO_LARGE',
    `the source takes more than ${MAX_DECODER_BYTES / 1e6} MB to decode; send it smaller, or not interlaced`,
  );
}

/** Killed from outside, or not even started, is nobody's fault; any other death is the source's. */
function crashed(ending: number | NodeJS.Signals | undefined, cause: unknown): JobError {
  if (ending === undefined || ending === 'SIGKILL') {
    return new JobError('INTERNAL', 'the decoder was killed or could not be started', { cause });
  }
  return undecodable('crashes its decoder', { cause });
}
