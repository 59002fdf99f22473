import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { extname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { JobError } from '../errors.ts';
import type { Decoded } from '../image/decode.ts';
import type { Measured } from '../image/memory-needs.ts';
import { type Answer, AnswerSchema } from './answers.ts';
import type { Question } from './protocol.ts';
import { openScratchFile, readPart, writePart } from './scratch-file.ts';

const MAIN = fileURLToPath(new URL(`main${extname(import.meta.url)}`, import.meta.url));
/**
 * Nothing else of the worker's environment is passed on. glibc gives memory back at once: pictures are large and rare. It
 * takes it in huge pages: 12 megapixels are 18 faults then instead of 9000, which take 9 ms of 75.
 */
const ENVIRONMENT = {
  NODE_COMPILE_CACHE: getCompileCacheDir(),
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** A process that decodes sources, one at a time. It ends when its worker does. */
export class Decoder {
  readonly #scratch: FileHandle;
  readonly #child: ChildProcess;
  readonly #ended = new AbortController();
  /** Its exit code, or the signal that ended it; undefined where it could not be started. */
  readonly exited: Promise<number | NodeJS.Signals | undefined>;

  private constructor(scratch: FileHandle) {
    this.#scratch = scratch;
    // What a library says of a source must not reach the log: stderr is closed.
    this.#child = spawn(process.execPath, [...process.execArgv, MAIN], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'ignore', scratch.fd, 'ipc'],
    });
    // One that nobody listens to would end the worker; `#end` and `#ask` do.
    this.#child.on('error', () => undefined);
    this.exited = this.#end();
    this.#hold(false);
  }

  /** Starts one. @throws Error when the folder for temporary files cannot be written to */
  static async start(): Promise<Decoder> {
    return new Decoder(await openScratchFile());
  }

  /**
   * Size and memory needs of a source.
   * @throws JobError when it refuses the source, Error when it ends before it has answered
   */
  async measure(bytes: Uint8Array): Promise<Measured> {
    const answer = await this.#ask('measure', bytes);
    if ('measured' in answer) return answer.measured;
    throw refusal(answer);
  }

  /**
   * The whole picture.
   * @throws as `measure`
   */
  async decode(bytes: Uint8Array): Promise<Decoded> {
    const answer = await this.#ask('decode', bytes);
    if (!('decoded' in answer)) throw refusal(answer);
    const { hasAlpha, space, ...decoded } = answer.decoded;
    const { widthPx, heightPx } = decoded;
    const pixels = widthPx * heightPx;
    const rgb = await readPart(this.#scratch.fd, 0, pixels * 3);
    const alpha = hasAlpha && (await readPart(this.#scratch.fd, pixels * 3, pixels));
    await this.#scratch.truncate();
    return {
      ...decoded,
      picture: {
        rgb: { data: rgb, widthPx, heightPx, channels: 3 },
        ...(alpha && { alpha: { data: alpha, widthPx, heightPx, channels: 1 } }),
        ...(space && { space }),
      },
    };
  }

  /** Ends it when it is idle: what Node.js has compiled is kept for the next one. */
  dismiss(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(ask: Question['ask'], bytes: Uint8Array): Promise<Answer> {
    this.#hold(true);
    try {
      await writePart(this.#scratch.fd, 0, bytes);
      const question: Question = { ask, sourceBytes: bytes.length };
      // One that has ended is found out below.
      this.#child.send(question, () => undefined);
      const { signal } = this.#ended;
      const [answer] = await once(this.#child, 'message', { signal });
      return AnswerSchema.parse(answer);
    } finally {
      this.#hold(false);
    }
  }

  async #end(): Promise<number | NodeJS.Signals | undefined> {
    try {
      const [code, signal] = await once(this.#child, 'exit');
      return (code ?? signal) as number | NodeJS.Signals;
    } catch {
      return undefined;
    } finally {
      this.#ended.abort();
      await this.#scratch.close();
    }
  }

  /** While it works the worker must not end; while it is idle it must not keep it. */
  #hold(isBusy: boolean): void {
    const action = isBusy ? 'ref' : 'unref';
    this.#child[action]();
    this.#child.channel?.[action]();
  }
}

function refusal(answer: Answer): JobError {
  if (!('refused' in answer))
    return new JobError('INTERNAL', 'the decoder answered something else');
  const { code, message, detail } = answer.refused;
  return new JobError(code, message, { cause: new Error(detail) });
}
