import type { JobEvent, JobRecord } from '@imagen/contracts';
import type { ModelSpec } from './operations/operation.ts';

/** A source object as it was when the job read it. */
export interface SourceObject {
  readonly bytes: Uint8Array;
  /** Cloud Storage generation, as a decimal string. */
  readonly generation: string;
}

/** The objects a job reads and writes. */
export interface Objects {
  /**
   * Reads a whole object, one pinned generation of it.
   * @throws JobError SOURCE_NOT_FOUND, SOURCE_FORBIDDEN, IMAGE_TOO_LARGE (over `maxBytes`), STORAGE_UNAVAILABLE
   */
  readSource(uri: string, maxBytes: number, signal: AbortSignal): Promise<SourceObject>;
  /**
   * Creates a result object in the results bucket unless one of that name exists: then `created` is false and nothing
   * is written. Both ways returns its `gs://` URI.
   * @throws JobError STORAGE_UNAVAILABLE
   */
  createResult(
    name: string,
    result: { readonly bytes: Uint8Array; readonly contentType: string; readonly jobId: string },
  ): Promise<{ readonly uri: string; readonly created: boolean }>;
  /**
   * The terminal record of a job, or undefined while it has none.
   * @throws JobError STORAGE_UNAVAILABLE
   */
  readRecord(jobId: string): Promise<JobRecord | undefined>;
  /**
   * Creates the terminal record unless there is one. Returns the one that stands: a job has one outcome.
   * @throws JobError STORAGE_UNAVAILABLE
   */
  createRecord(record: JobRecord): Promise<JobRecord>;
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

/** Inference on the shared Triton. */
export interface Inference {
  /**
   * The facts of a ready model, checked against what the operation expects of it.
   * @throws JobError MODEL_NOT_FOUND, MODEL_CONTRACT, INFERENCE_UNAVAILABLE
   */
  model(spec: ModelSpec, signal: AbortSignal): Promise<Model>;
  /**
   * Runs one tile: RESULT `[sT, sT, C]` UINT8 and the version of the model that made it.
   * @throws JobError MODEL_CONTRACT, MODEL_NOT_FOUND, INFERENCE_UNAVAILABLE, INFERENCE_FAILED, DEADLINE_EXCEEDED
   */
  infer(
    model: Model,
    request: TileRequest,
    signal: AbortSignal,
  ): Promise<{ readonly result: Uint8Array; readonly modelVersion: string }>;
}

/** Announcements of finished jobs. */
export interface Events {
  /**
   * Resolves when Pub/Sub has taken the event.
   * @throws JobError PUBLISH_FAILED
   */
  publish(event: JobEvent): Promise<void>;
}

/** The network, as far as a job sees it. */
export interface Ports {
  readonly objects: Objects;
  readonly inference: Inference;
  readonly events: Events;
}
