import { GrpcError, STATUS } from './grpc-status.ts';
import { infer, type InferRequest, type InferResponse } from './infer.ts';
import { type Call, openService } from './service.ts';
import { TritonError } from './triton-error.ts';
import type { CallOptions } from './unary.ts';

/** A tensor of a model's config: dims without the batch dimension, -1 where variable. */
export interface TensorConfig {
  readonly name: string;
  /** {@link Datatype}, or another word where this client cannot carry it. */
  readonly datatype: string;
  readonly dims: readonly number[];
}

/** What a model's `config.pbtxt` says, completed by Triton. */
export interface ModelConfig {
  readonly name: string;
  readonly backend: string;
  /** 0: the model has no batch dimension. */
  readonly maxBatchSize: number;
  readonly inputs: readonly TensorConfig[];
  readonly outputs: readonly TensorConfig[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** What Triton says of itself. */
export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  /** Of the KServe protocol, such as `binary_tensor_data`. */
  readonly extensions: readonly string[];
}

/** What Triton says a model's tensors are; shapes with the batch dimension, as -1. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly { name: string; datatype: string; shape: readonly number[] }[];
  readonly outputs: readonly { name: string; datatype: string; shape: readonly number[] }[];
}

/** Counters of one model version since it was loaded. */
export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** Items of all batches, without failed ones; ÷ `executionCount` is the mean batch while none fails. */
  readonly inferenceCount: number;
  readonly executionCount: number;
  /** Nanoseconds that requests waited in the model's queue, summed. */
  readonly queueNs: number;
  /** Nanoseconds of execution, summed over requests. */
  readonly computeNs: number;
  /** Nanoseconds that requests spent in Triton, from receipt to response, summed; failed ones too. */
  readonly requestNs: number;
  /** How many executions had which batch size. */
  readonly batches: readonly { readonly size: number; readonly count: number }[];
}

/** A model version in the repository. */
export interface ModelIndexEntry {
  readonly name: string;
  readonly version: string;
  /** `READY`, `UNAVAILABLE`, `LOADING`, `UNLOADING`, or empty when it was never loaded. */
  readonly state: string;
  readonly reason: string;
}

/** A client of one Triton. Every call throws {@link TritonError}. Calls fail fast while there is no server. */
export interface TritonClient extends Disposable {
  infer(request: InferRequest, options: CallOptions): Promise<InferResponse>;
  serverLive(options: CallOptions): Promise<boolean>;
  serverReady(options: CallOptions): Promise<boolean>;
  /** False also for a model Triton does not know; true for one whose Python process is gone, up to Triton 25.12. */
  modelReady(modelName: string, options: CallOptions): Promise<boolean>;
  serverMetadata(options: CallOptions): Promise<ServerMetadata>;
  modelMetadata(modelName: string, options: CallOptions): Promise<ModelMetadata>;
  modelConfig(modelName: string, options: CallOptions): Promise<ModelConfig>;
  /** Of every loaded model. */
  statistics(options: CallOptions): Promise<ModelStatistics[]>;
  repositoryIndex(options: CallOptions): Promise<ModelIndexEntry[]>;
  /**
   * Resolves when the model is ready; a model that was loaded keeps serving until then. One whose files have not
   * changed stays as it is, also when its process is dead: unload that first.
   * @throws TritonError `failed` when it does not load, or is not in the repository
   */
  loadModel(modelName: string, options: CallOptions): Promise<void>;
  /** Resolves at once, also for an unknown model; the model goes on until its requests have ended. */
  unloadModel(modelName: string, options: CallOptions): Promise<void>;
  /** Ends the connection; running and later calls fail with `cancelled`. */
  close(): void;
}

/** Creates a client for `address`: `host:port`, also as `dns:///host:port`. Sends nothing yet. */
export function createTritonClient(address: string): TritonClient {
  const { call, callEncoded, close } = openService(address);
  return {
    ...healthCalls(call),
    ...modelCalls(call),
    infer: async (request, options) => infer(callEncoded, request, options),
    close,
    [Symbol.dispose]: close,
  };
}

type HealthCalls = Pick<
  TritonClient,
  'serverLive' | 'serverReady' | 'modelReady' | 'serverMetadata'
>;

function healthCalls(call: Call): HealthCalls {
  return {
    serverLive: async (options) => (await call<{ live: boolean }>('ServerLive', {}, options)).live,
    serverReady: async (options) =>
      (await call<{ ready: boolean }>('ServerReady', {}, options)).ready,
    modelReady: async (name, options) => modelReady(call, name, options),
    serverMetadata: async (options) => call('ServerMetadata', {}, options),
  };
}

async function modelReady(call: Call, name: string, options: CallOptions): Promise<boolean> {
  try {
    return (await call<{ ready: boolean }>('ModelReady', { name }, options)).ready;
  } catch (error) {
    // So say newer ones of a model that they do not know; 2.51 says false.
    if (error instanceof TritonError && isNotFound(error)) return false;
    throw error;
  }
}

function isNotFound({ cause }: TritonError): boolean {
  return cause instanceof GrpcError && cause.code === STATUS.NOT_FOUND;
}

interface WireTensorConfig {
  name: string;
  dataType: string;
  dims: number[];
}

type WireDuration = 'success' | 'fail' | 'queue' | 'computeInfer';

interface WireStatistics {
  name: string;
  version: string;
  inferenceCount: number;
  executionCount: number;
  inferenceStats: Record<WireDuration, { ns: number } | null> | null;
  batchStats: { batchSize: number; computeInfer: { count: number } | null }[];
}

type ModelCalls = Omit<TritonClient, keyof HealthCalls | 'infer' | 'close' | typeof Symbol.dispose>;

function modelCalls(call: Call): ModelCalls {
  return {
    modelMetadata: async (name, options) => call('ModelMetadata', { name }, options),
    modelConfig: async (name, options) => modelConfig(call, name, options),
    async statistics(options) {
      const { modelStats } = await call<{ modelStats: WireStatistics[] }>(
        'ModelStatistics',
        {},
        options,
      );
      return modelStats.map(toStatistics);
    },
    repositoryIndex: async (options) =>
      (await call<{ models: ModelIndexEntry[] }>('RepositoryIndex', {}, options)).models,
    async loadModel(modelName, options) {
      await call('RepositoryModelLoad', { modelName }, options);
    },
    async unloadModel(modelName, options) {
      await call('RepositoryModelUnload', { modelName }, options);
    },
  };
}

async function modelConfig(call: Call, name: string, options: CallOptions): Promise<ModelConfig> {
  const { config } = await call<{
    config: {
      name: string;
      backend: string;
      maxBatchSize: number;
      input: WireTensorConfig[];
      output: WireTensorConfig[];
      parameters: Record<string, { stringValue: string }>;
    };
  }>('ModelConfig', { name }, options);
  const parameters = Object.entries(config.parameters);
  return {
    name: config.name,
    backend: config.backend,
    maxBatchSize: config.maxBatchSize,
    inputs: config.input.map(toTensorConfig),
    outputs: config.output.map(toTensorConfig),
    parameters: Object.fromEntries(parameters.map(([key, value]) => [key, value.stringValue])),
  };
}

function toTensorConfig({ name, dataType, dims }: WireTensorConfig): TensorConfig {
  return { name, datatype: dataType.replace(/^TYPE_/, ''), dims };
}

function toStatistics({
  inferenceStats,
  batchStats,
  ...statistics
}: WireStatistics): ModelStatistics {
  const { name, version, inferenceCount, executionCount } = statistics;
  const ns = (duration: WireDuration): number => inferenceStats?.[duration]?.ns ?? 0;
  return {
    name,
    version,
    inferenceCount,
    executionCount,
    queueNs: ns('queue'),
    computeNs: ns('computeInfer'),
    requestNs: ns('success') + ns('fail'),
    batches: batchStats.map(({ batchSize: size, computeInfer }) => ({
      size,
      count: computeInfer?.count ?? 0,
    })),
  };
}
