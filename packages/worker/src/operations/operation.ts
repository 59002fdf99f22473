import { describeIssues, type OperationName, type Params, PARAMS_SCHEMAS } from '@imagen/contracts';
import { JobError } from '../errors.ts';
import type { Picture } from '../image/picture.ts';
import type { Raster } from '../image/raster.ts';

/** What an operation needs of a model: compared with the model's `config.pbtxt` in a test, and again at run time. */
export interface ModelSpec {
  readonly modelName: string;
  /** `tiles`: cut, infer, stitch. `whole`: one inference on the picture stretched to the tile's side. */
  readonly tiling: 'tiles' | 'whole';
  /** Result side ÷ tile side. */
  readonly scale: 1 | 2 | 4;
  /** K of PARAMS FP32 `[K]`; 0: the model has no PARAMS. */
  readonly paramsLength: number;
  /** True where the model takes COORDS FP32 `[4]`. */
  readonly coords: boolean;
  /** C of RESULT UINT8 `[sT, sT, C]`. */
  readonly resultChannels: 1 | 3;
}

/** An operation made ready for one job: its params are valid and its model is chosen. */
export interface PreparedOperation {
  /** The params in force, defaults filled in, for the record. */
  readonly params: Record<string, unknown>;
  readonly model: ModelSpec;
  /** PARAMS for every tile of this picture, decided once so that tiles cannot disagree. Length: `paramsLength`. */
  readonly modelParams: (source: Picture) => Promise<Float32Array>;
  /** The result picture, in the colour space of the source, from the model's stitched RESULT and the source: takes over both. */
  readonly finish: (result: Raster, source: Picture) => Promise<Picture>;
  /** What the user should know about every result of this operation. */
  readonly notes: readonly string[];
}

/** An operation: how params become a model call, and the model's answer a picture. */
export interface Operation {
  readonly name: OperationName;
  /** Every model this operation may choose. */
  readonly models: readonly ModelSpec[];
  /**
   * Validates params, before any byte is downloaded.
   * @throws JobError INVALID_PARAMS
   */
  prepare(params: unknown, jobId: string): PreparedOperation;
}

/** Ties an operation to its params in `@imagen/contracts`; the params type stays inside, so operations fit one list. */
export function defineOperation<Name extends OperationName>(
  name: Name,
  models: readonly ModelSpec[],
  prepare: (params: Params<Name>, jobId: string) => PreparedOperation,
): Operation {
  return {
    name,
    models,
    prepare(params, jobId) {
      const parsed = PARAMS_SCHEMAS[name].safeParse(params);
      if (parsed.success) return prepare(parsed.data as Params<Name>, jobId);
      throw new JobError('INVALID_PARAMS', `${name}: ${describeIssues(parsed.error, 'params')}`);
    },
  };
}
