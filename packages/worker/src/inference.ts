import {
  createTritonClient,
  float32Tensor,
  type ModelConfig,
  type Tensor,
  type TritonClient,
  TritonError,
  type TritonErrorKind,
} from '@imagen/triton-client';
import type { ErrorCode } from '@imagen/contracts';
import { JobError, toJobError } from './errors.ts';
import { FlowControl } from './flow/flow-control.ts';
import type { JobTurns } from './flow/tile-turns.ts';
import { compareModel, readModel } from './model-facts.ts';
import type { ModelSpec } from './operations/operation.ts';
import type { Condition } from './breaker.ts';
import type { Inference, JobTiles, Model, TileAnswer, TileRequest } from './ports.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Longest a tile may take, queueing in Triton included. */
const INFER_DEADLINE_MS = 60_000;
/** Longest a question about a model may take. */
const CONTROL_DEADLINE_MS = 5_000;

/** Longest that a probing tile may take. */
const PROBE_DEADLINE_MS = 20_000;

/** What a Triton error means for a job. */
const CODES: Readonly<Record<TritonErrorKind, ErrorCode>> = {
  'invalid-argument': 'MODEL_CONTRACT',
  'not-found': 'MODEL_NOT_FOUND',
  unavailable: 'INFERENCE_UNAVAILABLE',
  'queue-full': 'INFERENCE_UNAVAILABLE',
  restricted: 'MODEL_CONTRACT',
  'stub-dead': 'INFERENCE_FAILED',
  failed: 'INFERENCE_FAILED',
  // A Triton that does not answer is as good as none.
  'deadline-exceeded': 'INFERENCE_UNAVAILABLE',
  cancelled: 'INFERENCE_UNAVAILABLE',
};

/** The inference port, and what health checks ask of it. */
export interface TritonInference extends Inference {
  /** True when Triton answers that every one of these models is ready. Never throws. */
  ready(specs: readonly ModelSpec[]): Promise<boolean>;
  /**
   * How Triton is, for these models: `absent` when nothing answers. A model that has failed must answer a tile to be well
   * again, because a dead stub still says that it is ready. Never throws.
   */
  probe(specs: readonly ModelSpec[]): Promise<Condition>;
  close(): void;
}

/** Connects to Triton at `address`, `host:port`. */
export function openInference(address: string, metrics: Metrics): TritonInference {
  const connection: Connection = {
    triton: createTritonClient(address),
    metrics,
    models: new Map(),
    suspects: new Set(),
  };
  const flow = new FlowControl(connection.triton, metrics);
  return {
    model: async (spec) => knownModel(connection, spec),
    tilesOf: (model, tiles) => tilesOf(connection, model, flow.join(model, tiles)),
    ready: async (specs) => areReady(connection, specs),
    probe: async (specs) => probe(connection, specs),
    close() {
      flow.close();
      connection.triton.close();
    },
  };
}

interface Connection {
  readonly triton: TritonClient;
  readonly metrics: Metrics;
  /** What is known of models; another server may serve others. */
  readonly models: Map<string, Promise<Model>>;
  /** Names of models whose last tile failed. */
  readonly suspects: Set<string>;
}

async function areReady({ triton }: Connection, specs: readonly ModelSpec[]): Promise<boolean> {
  const options = { deadlineMs: CONTROL_DEADLINE_MS };
  const answers = specs.map((spec) => triton.modelReady(spec.modelName, options));
  const states = await Promise.allSettled(answers);
  return states.every((state) => state.status === 'fulfilled' && state.value);
}

async function probe(connection: Connection, specs: readonly ModelSpec[]): Promise<Condition> {
  const { triton, models, suspects } = connection;
  try {
    await triton.serverLive({ deadlineMs: CONTROL_DEADLINE_MS });
  } catch (error) {
    return error instanceof TritonError && error.kind === 'unavailable' ? 'absent' : 'failing';
  }
  if (!(await areReady(connection, specs))) return 'failing';
  models.clear();
  const suspected = specs.filter(({ modelName }) => suspects.has(modelName));
  const answers = await Promise.allSettled(suspected.map((spec) => tryTile(connection, spec)));
  return answers.every(({ status }) => status === 'fulfilled') ? 'well' : 'failing';
}

/** A black tile: a model that refuses its PARAMS lives. */
async function tryTile(connection: Connection, spec: ModelSpec): Promise<void> {
  const signal = AbortSignal.timeout(PROBE_DEADLINE_MS);
  const model = await knownModel(connection, spec);
  const request = {
    tile: new Uint8Array(model.tilePx ** 2 * 3),
    ...(spec.paramsLength > 0 && { params: new Float32Array(spec.paramsLength) }),
    ...(spec.coords && { coords: new Float32Array(4) }),
  };
  try {
    const answer = await inferTile(connection, model, request, signal);
    answer[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof JobError && error.code === 'MODEL_CONTRACT')) throw error;
    connection.suspects.delete(spec.modelName);
  }
}

/** Not bound to one job's signal: others wait for the same answer. What could not be learnt is asked again. */
async function knownModel({ triton, models }: Connection, spec: ModelSpec): Promise<Model> {
  const known = models.get(spec.modelName) ?? fetchModel(triton, spec);
  models.set(spec.modelName, known);
  known.catch(() => models.delete(spec.modelName));
  return known;
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

function tilesOf(connection: Connection, model: Model, turns: JobTurns): JobTiles {
  return {
    infer: async (cut, signal) =>
      turns.run(signal, async () => inferTile(connection, model, cut(), signal)),
  };
}

async function inferTile(
  { triton, metrics, suspects }: Connection,
  model: Model,
  request: TileRequest,
  signal: AbortSignal,
): Promise<TileAnswer> {
  const { modelName } = model;
  const stop = metrics.tritonRequestDuration.startTimer({ model: modelName });
  try {
    const response = await triton.infer(
      { modelName, inputs: tensorsOf(model, request) },
      { deadlineMs: INFER_DEADLINE_MS, signal },
    );
    stop({ code: 'OK' });
    suspects.delete(modelName);
    metrics.tiles.inc({ model: modelName });
    const result = response.outputs.find(({ name }) => name === 'RESULT');
    if (!result) throw new JobError('MODEL_CONTRACT', `model ${modelName} answered without RESULT`);
    return {
      result: result.data,
      modelVersion: response.modelVersion,
      [Symbol.dispose]: () => response[Symbol.dispose](),
    };
  } catch (error) {
    const failure = toFailure(error, modelName);
    stop({ code: failure.code });
    if (failure.code === 'INFERENCE_FAILED') suspects.add(modelName);
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
