import {
  createTritonClient,
  float32Tensor,
  type ModelConfig,
  type Tensor,
  type TritonClient,
  TritonError,
  type TritonErrorKind,
} from '@imagen/triton-client';
import PQueue from 'p-queue';
import type { ErrorCode } from '@imagen/contracts';
import { JobError, toJobError } from './errors.ts';
import { compareModel, readModel } from './model-facts.ts';
import type { ModelSpec } from './operations/operation.ts';
import type { Inference, Model, TileRequest } from './ports.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Longest a tile may take, queueing in Triton included. */
const INFER_DEADLINE_MS = 60_000;
/** Longest a question about a model may take. */
const CONTROL_DEADLINE_MS = 5_000;

/** What a Triton error means for a job. */
const CODES: Readonly<Record<TritonErrorKind, ErrorCode>> = {
  'invalid-argument': 'MODEL_CONTRACT',
  'not-found': 'MODEL_NOT_FOUND',
  unavailable: 'INFERENCE_UNAVAILABLE',
  'queue-full': 'INFERENCE_UNAVAILABLE',
  restricted: 'MODEL_CONTRACT',
  'stub-dead': 'INFERENCE_FAILED',
  failed: 'INFERENCE_FAILED',
  'deadline-exceeded': 'DEADLINE_EXCEEDED',
  cancelled: 'INFERENCE_UNAVAILABLE',
};

/** The inference port, and what health checks ask of it. */
export interface TritonInference extends Inference {
  /** True when Triton answers that every one of these models is ready. Never throws. */
  ready(specs: readonly ModelSpec[]): Promise<boolean>;
  close(): void;
}

/** Connects to Triton at `address`; each model gets at most `tilesInFlight` requests at a time from this process. */
export function openInference(
  address: string,
  tilesInFlight: number,
  metrics: Metrics,
): TritonInference {
  const triton = createTritonClient(address);
  const models = new Map<string, Promise<Model>>();
  const queues = new Map<string, PQueue>();

  const queueOf = (modelName: string): PQueue => {
    const queue = queues.get(modelName) ?? new PQueue({ concurrency: tilesInFlight });
    queues.set(modelName, queue);
    return queue;
  };

  return {
    async model(spec) {
      // Not bound to one job's signal: others wait for the same answer.
      const known = models.get(spec.modelName) ?? fetchModel(triton, spec);
      models.set(spec.modelName, known);
      // What could not be learnt is asked again by the next job.
      known.catch(() => models.delete(spec.modelName));
      return known;
    },
    infer: (model, request, signal) =>
      queueOf(model.modelName).add(() => inferTile({ triton, metrics }, model, request, signal), {
        signal,
      }),
    async ready(specs) {
      const options = { deadlineMs: CONTROL_DEADLINE_MS };
      const answers = specs.map((spec) => triton.modelReady(spec.modelName, options));
      const states = await Promise.allSettled(answers);
      return states.every((state) => state.status === 'fulfilled' && state.value);
    },
    close: () => triton.close(),
  };
}

async function fetchModel(triton: TritonClient, spec: ModelSpec): Promise<Model> {
  let config: ModelConfig;
  try {
    config = await triton.modelConfig(spec.modelName, { deadlineMs: CONTROL_DEADLINE_MS });
  } catch (error) {
    throw toFailure(error, spec.modelName);
  }
  const problems = compareModel(config, spec);
  if (problems.length > 0) {
    throw new JobError('MODEL_CONTRACT', `model ${spec.modelName}: ${problems.join('; ')}`);
  }
  return readModel(config);
}

async function inferTile(
  { triton, metrics }: { triton: TritonClient; metrics: Metrics },
  model: Model,
  request: TileRequest,
  signal: AbortSignal,
): Promise<{ result: Uint8Array; modelVersion: string }> {
  const { modelName } = model;
  const stop = metrics.tritonRequestDuration.startTimer({ model: modelName });
  try {
    const { outputs, modelVersion } = await triton.infer(
      { modelName, inputs: tensorsOf(model, request) },
      { deadlineMs: INFER_DEADLINE_MS, signal },
    );
    stop({ code: 'OK' });
    metrics.tiles.inc({ model: modelName });
    const result = outputs.find(({ name }) => name === 'RESULT');
    if (!result) throw new JobError('MODEL_CONTRACT', `model ${modelName} answered without RESULT`);
    return { result: result.data, modelVersion };
  } catch (error) {
    const failure = toFailure(error, modelName);
    stop({ code: failure.code });
    throw failure;
  }
}

function tensorsOf({ tilePx }: Model, { tile, params, coords }: TileRequest): Tensor[] {
  const inputs: Tensor[] = [
    { name: 'TILE', datatype: 'UINT8', shape: [1, tilePx, tilePx, 3], data: tile },
  ];
  if (params) inputs.push(float32Tensor('PARAMS', [1, params.length], params));
  if (coords) inputs.push(float32Tensor('COORDS', [1, coords.length], coords));
  return inputs;
}

/** A Triton error as the job's; an abort by the job's own signal stays what it is. */
function toFailure(error: unknown, modelName: string): JobError {
  if (!(error instanceof TritonError)) return toJobError(error);
  const message = `model ${modelName}: ${error.kind.replace('-', ' ')}`;
  return new JobError(CODES[error.kind], message, { cause: error });
}
