/** Smaller buffers are not worth keeping. */
const MIN_POOLED_BYTES = 64 * 1024;
/** Sizes between two powers of two: at most an eighth of a buffer is of no use. */
const CLASSES_PER_DOUBLING = 8;

/** Memory of large messages, to be used again: new memory costs time, and makes garbage that V8 collects too eagerly. */
export class BufferPool {
  readonly #maxBytes: number;
  /** The one that was given last is the last. */
  readonly #idle: ArrayBuffer[] = [];
  #idleBytes = 0;

  /** Keeps idle buffers of `maxBytes` in all. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A buffer of this length; of what it holds nothing is promised. @throws RangeError where there is no memory */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    const index = this.#idle.findLastIndex(({ byteLength }) => byteLength === size);
    const [memory] = index === -1 ? [] : this.#idle.splice(index, 1);
    this.#idleBytes -= memory?.byteLength ?? 0;
    return Buffer.from(memory ?? new ArrayBuffer(size), 0, bytes);
  }

  /** Takes back what `take` gave: from now on this and all other views of its memory have no bytes. */
  give(buffer: Buffer): void {
    if (!(buffer.buffer instanceof ArrayBuffer) || buffer.buffer.detached) return;
    const memory = buffer.buffer.transfer();
    if (memory.byteLength < MIN_POOLED_BYTES || memory.byteLength > this.#maxBytes) return;
    this.#idle.push(memory);
    this.#idleBytes += memory.byteLength;
    while (this.#idleBytes > this.#maxBytes) this.#idleBytes -= this.#idle.shift()?.byteLength ?? 0;
  }
}

function sizeFor(bytes: number): number {
  if (bytes < MIN_POOLED_BYTES) return bytes;
  const step = 2 ** Math.floor(Math.log2(bytes)) / CLASSES_PER_DOUBLING;
  return Math.ceil(bytes / step) * step;
}
