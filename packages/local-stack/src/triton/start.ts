import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts, listensOn } from './free-ports.ts';
import { pathProblem } from './host.ts';
import { installTriton, type InstallTritonOptions, type TritonInstallation } from './install.ts';
import { relevantLines } from './server-log.ts';
import { ServerProcess, type TritonExit } from './server-process.ts';
import { removeStaleSharedMemory, sharedMemoryPrefix } from './shared-memory.ts';

/** What a tritonserver serves; it is installed first where that is needed. */
export interface StartTritonOptions extends InstallTritonOptions {
  /** Folders of models. A model of the same name must not be in two of them. */
  readonly modelRepositories: readonly string[];
  /** The models to load at the start; default all. Others can be loaded later: model control is explicit. */
  readonly models?: readonly string[];
  /** Port of KServe v2 over gRPC, for clients that must know it before. Default: a free one. */
  readonly grpcPort?: number;
  /** How long requests and models have to finish when it is stopped, before it gives up on them. Default 5. */
  readonly exitTimeoutSeconds?: number;
}

/** A tritonserver of one's own on loopback, all its models ready. It ends with this process, also when that is killed. */
export interface TritonServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`, for KServe v2 over gRPC. */
  readonly grpcAddress: string;
  /** `http://127.0.0.1:<port>`, for KServe v2 over HTTP. `/v2/health/ready` says that it runs; ask each model for its own readiness. A connection left open makes `stop` wait for the exit timeout. */
  readonly httpUrl: string;
  /** `http://127.0.0.1:<port>/metrics`, for Prometheus. */
  readonly metricsUrl: string;
  readonly pid: number;
  /** Its log, at most the last 256 Ki characters. */
  log(): string;
  /** Resolves when it has ended, by `stop` or by itself; never rejects. */
  readonly exited: Promise<TritonExit>;
  /** Resolves when none of its processes and none of its shared memory is left. May be called more than once. */
  stop(): Promise<void>;
}

/** tritonserver did not become ready. The message ends with the lines of its log that say why. */
export class TritonStartError extends Error {
  override readonly name = 'TritonStartError';
  readonly #log: string;

  constructor(reason: string, log: string) {
    super(`tritonserver ${reason}:\n${relevantLines(log)}`);
    this.#log = log;
  }

  /** All of the log, at most its last 256 Ki characters. */
  get log(): string {
    return this.#log;
  }
}

const PORT_ATTEMPTS = 3;
const READY_LIMIT_MS = 120_000;
const POLL_MS = 10;
/** What tritonserver gets on top of its exit timeout before it is killed. */
const KILL_AFTER_MS = 2000;

/**
 * Starts a tritonserver on free ports and waits until its models are ready. Throws a TritonInstallError when this
 * machine cannot run it, a TritonStartError when a model does not load.
 */
export async function startTriton(options: StartTritonOptions): Promise<TritonServer> {
  const repositories = options.modelRepositories.map((path) => resolve(path));
  for (const path of repositories) {
    const unsuitable = pathProblem(path, 'move the model repository to another folder');
    if (unsuitable) throw unsuitable;
  }
  const installation = await installTriton(options);
  const { models = ['*'], exitTimeoutSeconds = 5 } = options;
  const args = [
    ...FIXED_ARGUMENTS,
    ...repositories.map((path) => `--model-repository=${path}`),
    ...models.map((name) => `--load-model=${name}`),
    `--exit-timeout-secs=${exitTimeoutSeconds}`,
    `--backend-directory=${installation.backendDir}`,
    `--backend-config=python,shm-region-prefix-name=${await sharedMemoryPrefix()}`,
  ];
  await removeStaleSharedMemory();
  options.signal?.throwIfAborted();
  options.onProgress?.('starting Triton');
  const stopLimitMs = exitTimeoutSeconds * 1000 + KILL_AFTER_MS;
  const { grpcPort, signal } = options;
  return startOnFreePorts(installation, args, { stopLimitMs, grpcPort, signal });
}

const FIXED_ARGUMENTS = [
  '--http-address=127.0.0.1',
  '--grpc-address=127.0.0.1',
  '--metrics-address=127.0.0.1',
  '--model-control-mode=explicit',
  // Otherwise one model that later fails to load makes the whole server not ready.
  '--strict-readiness=false',
  '--allow-gpu-metrics=false',
];

interface Attempt {
  readonly stopLimitMs: number;
  readonly grpcPort: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** tritonserver cannot choose its ports itself, so another program may take one before it listens: then again. */
async function startOnFreePorts(
  installation: TritonInstallation,
  args: readonly string[],
  { stopLimitMs, grpcPort, signal }: Attempt,
): Promise<TritonServer> {
  for (let attempt = 1; ; attempt++) {
    const [http = 0, metrics = 0, freeGrpc = 0] = await freePorts(3);
    const grpc = grpcPort ?? freeGrpc;
    const ports = [`--http-port=${http}`, `--grpc-port=${grpc}`, `--metrics-port=${metrics}`];
    const server = new ServerProcess(installation, [...args, ...ports]);
    const reason = await notReady(server, metrics, signal);
    if (reason === undefined) return tritonServer(server, { http, grpc, metrics }, stopLimitMs);
    await server.stop(stopLimitMs);
    signal?.throwIfAborted();
    const portTaken = server.log().includes('already in use');
    if (!portTaken || attempt === PORT_ATTEMPTS) throw new TritonStartError(reason, server.log());
  }
}

/** Waits until the server has loaded its models and listens on all its ports; says why when it never does. */
async function notReady(
  server: ServerProcess,
  metricsPort: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const giveUp = (): void => void server.stop(0);
  const timer = setTimeout(giveUp, READY_LIMIT_MS);
  signal?.addEventListener('abort', giveUp);
  using _ = {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    },
  };
  // Metrics come last, after the models and the other ports. It says so before it knows whether it gets the port.
  await server.logs('Started Metrics Service');
  while (server.isRunning) {
    if (await listensOn(server.pid, metricsPort)) return undefined;
    await delay(POLL_MS);
  }
  const exit = await server.exited;
  const limit = `it has ${READY_LIMIT_MS / 1000} s`;
  return `ended with ${exit.signal ?? `code ${exit.code}`} before it was ready (${limit})`;
}

function tritonServer(
  server: ServerProcess,
  ports: { http: number; grpc: number; metrics: number },
  stopLimitMs: number,
): TritonServer {
  const stop = async (): Promise<void> => server.stop(stopLimitMs);
  return {
    grpcAddress: `127.0.0.1:${ports.grpc}`,
    httpUrl: `http://127.0.0.1:${ports.http}`,
    metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
    pid: server.pid,
    log: () => server.log(),
    exited: server.exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
