import type { JobEvent, JobRecord } from '@imagen/contracts';
import type { Decoded } from './image/decode.ts';
import type { Measured } from './image/memory-needs.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ModelSpec } from './operations/operation.ts';

/** A source object as it was when the job read it. */
export interface SourceObject {
  readonly bytes: Uint8Array;
  /** Cloud Storage generation, as a decimal string. */
  readonly generation: string;
}

/** A result to be written. */
export interface Result {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly jobId: string;
  /** Of the message that asks for it: tells its own result from another message's. */
  readonly messageDigest: string;
}

/** A result that stands. */
export interface StoredResult {
  /** `gs://` URI. */
  readonly uri: string;
  /** Its size. */
  readonly bytes: number;
}

/** The objects a job reads and writes. Calls that may pass are retried for a few seconds. */
export interface Objects {
  /**
   * Reads a whole object, one pinned generation of it.
   * @throws JobError SOURCE_NOT_FOUND, SOURCE_FORBIDDEN, IMAGE_TOO_LARGE (over `maxBytes`), STORAGE_UNAVAILABLE
   */
  readSource(uri: string, maxBytes: number, signal: AbortSignal): Promise<SourceObject>;
  /**
   * Creates a result object in the results bucket. Where one of that name exists nothing is written: it is returned if the
   * same message made it, which ends well.
   * @throws JobError JOB_CONFLICT if another message made it, STORAGE_UNAVAILABLE
   */
  createResult(name: string, result: Result, signal: AbortSignal): Promise<StoredResult>;
  /**
   * The terminal record of a job, or undefined while it has none.
   * @throws JobError STORAGE_UNAVAILABLE
   */
  readRecord(jobId: string, signal: AbortSignal): Promise<JobRecord | undefined>;
  /**
   * Creates the terminal record unless there is one. Returns the one that stands: a job has one outcome.
   * @throws JobError STORAGE_UNAVAILABLE
   */
  createRecord(record: JobRecord, signal: AbortSignal): Promise<JobRecord>;
}

/** A model that is ready, with the facts its `config.pbtxt` states. */
export interface Model {
  readonly modelName: string;
  /** Side of a tile in pixels. */
  readonly tilePx: number;
  /** Context border of a tile in pixels. */
  readonly haloPx: number;
  /** Tile origins are multiples of this many pixels. */
  readonly originAlignPx: number;
  /** Result side ÷ tile side. */
  readonly scale: number;
  /** Most tiles that Triton runs at a time. */
  readonly maxBatchSize: number;
}

/** One inference request: a batch of one, so that any two jobs may share a batch. */
export interface TileRequest {
  /** `[T, T, 3]` UINT8, interleaved sRGB. Not written to; must not change until the answer is here. */
  readonly tile: Uint8Array;
  /** `[K]`, where the model has PARAMS. */
  readonly params?: Float32Array;
  /** `[4]`: x and y of the tile, width and height of the picture, in pixels, where the model has COORDS. */
  readonly coords?: Float32Array;
}

/** The answer to one tile. Once it is disposed of, its memory is another's and `result` has no bytes. */
export interface TileAnswer extends Disposable {
  /** RESULT `[sT, sT, C]` UINT8, interleaved. */
  readonly result: Uint8Array;
  /** Of the model that made it. */
  readonly modelVersion: string;
}

/** The tiles of one job on their way to a model, where they take turns with those of other jobs. */
export interface JobTiles {
  /**
   * Runs one tile.
   * @param cut makes the request when the tile's turn has come
   * @throws JobError MODEL_CONTRACT, MODEL_NOT_FOUND, INFERENCE_UNAVAILABLE, INFERENCE_FAILED, DEADLINE_EXCEEDED
   */
  infer(cut: () => TileRequest, signal: AbortSignal): Promise<TileAnswer>;
}

/** Inference on the shared Triton. */
export interface Inference {
  /**
   * The facts of a ready model, checked against what the operation expects of it.
   * @throws JobError MODEL_NOT_FOUND, MODEL_CONTRACT, INFERENCE_UNAVAILABLE
   */
  model(spec: ModelSpec, signal: AbortSignal): Promise<Model>;
  /** Begins a job that has so many tiles for a model. */
  tilesOf(model: Model, tiles: number): JobTiles;
}

/**
 * Sources decoded out of reach of the worker: one that is stuck or breaks its decoder ends that, and nothing else.
 */
export interface Decoders {
  /**
   * Size and memory needs, from the header.
   * @throws JobError IMAGE_TOO_LARGE, UNSUPPORTED_FORMAT, UNDECODABLE_IMAGE, INTERNAL
   */
  measure(bytes: Uint8Array, signal: AbortSignal): Promise<Measured>;
  /**
   * The whole picture.
   * @throws JobError as `measure`
   */
  decode(bytes: Uint8Array, signal: AbortSignal): Promise<Decoded>;
}

/** Announcements of finished jobs. */
export interface Events {
  /**
   * Resolves when Pub/Sub has taken the event.
   * @throws JobError PUBLISH_FAILED
   */
  publish(event: JobEvent, signal: AbortSignal): Promise<void>;
}

/** What a job gets from outside: the network, and the memory it may take. */
export interface Ports {
  readonly objects: Objects;
  readonly decoders: Decoders;
  readonly inference: Inference;
  readonly events: Events;
  readonly memory: MemoryBudget;
}
