import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts, startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { createTritonClient, type TritonClient } from '../packages/triton-client/src/index.ts';
import { GpuLedger } from './gpu-ledger.ts';
import { stubProcesses } from './stub-processes.ts';
import { type ProxyMode, TcpProxy } from './tcp-proxy.ts';

const MODEL_REPOSITORY = fileURLToPath(new URL('../triton/model_repository', import.meta.url));
/** How long an operator takes to notice a model whose process is dead, if no worker revives it before. */
const OPERATOR_MS = 4_000;
const CONTROL = { deadlineMs: 5_000 };
const LOAD = { deadlineMs: 60_000 };
const UNLOAD_LIMIT_MS = 15_000;
/** Between two looks at Triton's counters. */
const SAMPLE_MS = 1_000;

/** Runs the one Triton, breaks it, mends it, and keeps count of what it did. Workers reach it through a proxy. */
export class TritonOperator implements AsyncDisposable {
  readonly ledger: GpuLedger = new GpuLedger();
  readonly #grpcPort: number;
  readonly #proxy: TcpProxy;
  readonly #client: TritonClient;
  readonly #say: (line: string) => void;
  readonly #sampler: NodeJS.Timeout;
  #server: TritonServer | undefined;
  #kills = 0;

  private constructor(grpcPort: number, proxy: TcpProxy, say: (line: string) => void) {
    this.#grpcPort = grpcPort;
    this.#proxy = proxy;
    this.#say = say;
    this.#client = createTritonClient(`127.0.0.1:${grpcPort}`);
    // A server that ends by itself must not take its counters along.
    this.#sampler = setInterval(() => void this.sample(), SAMPLE_MS);
  }

  /** Starts the proxy and a Triton behind it. */
  static async start(say: (line: string) => void, signal: AbortSignal): Promise<TritonOperator> {
    const [grpcPort = 0] = await freePorts(1);
    const operator = new TritonOperator(grpcPort, await TcpProxy.start(grpcPort), say);
    try {
      await operator.restart(signal);
      return operator;
    } catch (error) {
      await operator[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What workers connect to. */
  get address(): string {
    return this.#proxy.address;
  }

  /** Servers and models' processes it has killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Takes in Triton's counters, if it answers. */
  async sample(): Promise<void> {
    const server = this.#server;
    const statistics = await this.#client.statistics(CONTROL).catch(() => []);
    // An answer that comes after a kill would be counted twice.
    if (server !== undefined && server === this.#server) this.ledger.see(statistics);
  }

  /** SIGKILL for the server and its models' processes. */
  async kill(): Promise<void> {
    await this.sample();
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.ledger.close();
    this.#kills += 1;
    killGroup(server.pid);
    await server.stop();
  }

  /** Starts it again on its port; resolves when every model is ready. */
  async restart(signal?: AbortSignal): Promise<void> {
    const server = await startTriton({
      modelRepositories: [MODEL_REPOSITORY],
      grpcPort: this.#grpcPort,
      exitTimeoutSeconds: 0,
      ...(signal && { signal }),
    });
    this.#server = server;
    void server.exited.then(async () => this.#revive(server));
  }

  /**
   * Kills the process of one model. After a while the model is unloaded and loaded, unless somebody else has done so.
   * @param choice at least 0, below 1: which one
   */
  async killStub(choice: number): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await this.sample();
    const stubs = await stubProcesses(server.pid);
    const stub = stubs[Math.floor(choice * stubs.length)];
    if (stub === undefined) return;
    this.#kills += 1;
    process.kill(stub.pid, 'SIGKILL');
    await delay(OPERATOR_MS);
    const left = await stubProcesses(server.pid);
    const isRevived = left.some(({ modelName }) => modelName === stub.modelName);
    this.#say(`  the process of ${stub.modelName} is ${isRevived ? 'back by itself' : 'dead'}`);
    this.ledger.close(stub.modelName);
    if (!isRevived) await this.#reload(stub.modelName);
  }

  /** Breaks the network between workers and Triton for a while. */
  async partition(mode: ProxyMode, lastsMs: number): Promise<void> {
    this.#proxy.mode = mode;
    await delay(lastsMs);
    this.#proxy.mode = 'pass';
  }

  /** A cluster restarts a Triton that ends by itself. */
  async #revive(ended: TritonServer): Promise<void> {
    if (ended !== this.#server) return;
    this.#server = undefined;
    this.ledger.close();
    this.#say(`  Triton ended by itself:\n${ended.log().slice(-2_000)}`);
    await this.restart().catch((error: unknown) => this.#say(`  ${String(error)}`));
  }

  async #reload(modelName: string): Promise<void> {
    const deadline = Date.now() + UNLOAD_LIMIT_MS;
    await this.#client.unloadModel(modelName, CONTROL);
    while (Date.now() < deadline) {
      const index = await this.#client.repositoryIndex(CONTROL);
      const states = index.filter(({ name }) => name === modelName).map(({ state }) => state);
      if (!states.some((state) => state === 'READY' || state === 'UNLOADING')) break;
      await delay(100);
    }
    await this.#client.loadModel(modelName, LOAD);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sampler);
    this.#client.close();
    const server = this.#server;
    this.#server = undefined;
    await Promise.all([this.#proxy[Symbol.asyncDispose](), server?.stop()]);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
