import { cp, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTriton, type TritonServer } from '@imagen/local-stack/triton';
import { expect, vi } from 'vitest';
import {
  createTritonClient,
  type InferRequest,
  type InferResponse,
  type Tensor,
  type TritonClient,
} from '../../src/index.ts';
import { patterned } from './tensors.ts';

const MODEL_REPOSITORY = fileURLToPath(new URL('../model_repository', import.meta.url));

/** For calls that are expected to end by themselves. */
export const OPTIONS = { deadlineMs: 30_000 };

/** A Triton of one's own with a copy of `test/model_repository`, and a client of it. */
export interface TritonUnderTest extends AsyncDisposable {
  readonly server: TritonServer;
  readonly client: TritonClient;
  /** Makes all models differ from what was loaded, so that a load of theirs is one. */
  changeModels(): Promise<void>;
  /** Resolves when `scripted` has begun with the script that has this text in it. */
  begun(text: string): Promise<void>;
}

/** Starts one with some of the models loaded. */
export async function startModels(...models: string[]): Promise<TritonUnderTest> {
  const repository = await mkdtemp(join(tmpdir(), 'triton-client-'));
  // Python leaves its caches beside the models: not in the sources, please.
  await cp(MODEL_REPOSITORY, repository, { recursive: true, verbatimSymlinks: true });
  const server = await startTriton({
    modelRepositories: [repository],
    models,
    // A model whose process died never ends.
    exitTimeoutSeconds: 2,
  });
  const client = createTritonClient(server.grpcAddress);
  return {
    server,
    client,
    async changeModels() {
      const now = new Date();
      const sources = ['identity', 'scripted'].map((name) => join(repository, name, '1/model.py'));
      await Promise.all(sources.map(async (path) => utimes(path, now, now)));
    },
    async begun(text) {
      await vi.waitFor(() => expect(server.log()).toContain(`"${text}"`), { timeout: 10_000 });
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server.stop();
      await rm(repository, { recursive: true });
    },
  };
}

/** What a request to `scripted` or `crowded` may make the model do; see `scripted/1/model.py`. */
export type Script = NonNullable<InferRequest['parameters']>;

/** A request that makes `modelName` follow a script. */
export function scriptedRequest(parameters: Script, modelName = 'scripted'): InferRequest {
  return { modelName, inputs: [patterned('ANY', [1])], parameters };
}

/** What the model answers to a script: its parameters. */
export async function follow(client: TritonClient, script: Script): Promise<unknown> {
  const { outputs } = await client.infer(scriptedRequest(script), OPTIONS);
  return JSON.parse(Buffer.from(outputs[0]?.data ?? []).toString());
}

/** One request to `echo`: the bytes of this shape, [items, length]. */
export async function echo(
  client: TritonClient,
  shape: readonly [number, number],
  more: Partial<InferRequest> & { readonly seed?: number } = {},
): Promise<InferResponse & { readonly sent: Tensor }> {
  const { seed, ...request } = more;
  const sent = patterned('BYTES_IN', shape, seed);
  const response = await client.infer({ modelName: 'echo', inputs: [sent], ...request }, OPTIONS);
  return { ...response, sent };
}

/** True when `echo` answered what it was sent, and only that. */
export function isEcho({ outputs, sent }: Awaited<ReturnType<typeof echo>>): boolean {
  const [received, ...others] = outputs;
  return (
    others.length === 0 &&
    received?.name === 'BYTES_OUT' &&
    received.datatype === 'UINT8' &&
    String(received.shape) === String(sent.shape) &&
    Buffer.compare(received.data, sent.data) === 0
  );
}
