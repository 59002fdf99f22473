import { fileURLToPath } from 'node:url';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTritonClient, type TritonClient } from '../src/index.ts';
import { patterned } from './support/tensors.ts';

const OPTIONS = { deadlineMs: 20_000 };
const PROTO = fileURLToPath(new URL('../proto/inference.proto', import.meta.url));
const { 'inference.GRPCInferenceService': service } = loadSync(PROTO, { longs: Number });

type Handler = handleUnaryCall<Record<string, unknown>, object>;

/** Answers with what it is sent. */
const infer: Handler = ({ request }, callback) => {
  const { modelName, inputs, rawInputContents } = request;
  callback(null, { modelName, outputs: inputs, rawOutputContents: rawInputContents });
};
const HANDLERS: Record<string, Handler> = {
  ModelInfer: infer,
  ServerLive: (_, callback) => callback(null, { live: true }),
  ServerReady: (_, callback) =>
    callback({ code: status.UNAVAILABLE, details: 'Server not ready: 100 % “busy”' }),
  ModelReady: (call) => call.on('cancelled', () => cancelled.resolve(undefined)),
};
const cancelled = Promise.withResolvers<undefined>();

const server = new Server({
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
});
let client: TritonClient;
beforeAll(async () => {
  server.addService(service as unknown as ServiceDefinition, HANDLERS);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const credentials = ServerCredentials.createInsecure();
  server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
    error ? reject(error) : resolve(port),
  );
  client = createTritonClient(`127.0.0.1:${await promise}`);
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});

it('answers a call', async () => {
  expect(await client.serverLive(OPTIONS)).toBe(true);
});

it('fails a call, in its own words', async () => {
  await expect(client.serverReady(OPTIONS)).rejects.toMatchObject({
    kind: 'unavailable',
    message: 'Server not ready: 100 % “busy”',
    cause: { code: status.UNAVAILABLE },
  });
});

it('has no method that it does not know', async () => {
  const answer = client.serverMetadata(OPTIONS);
  await expect(answer).rejects.toMatchObject({ kind: 'invalid-argument', cause: { code: 12 } });
});

it('hears of a call that is over', async () => {
  const answer = client.modelReady('m', { deadlineMs: 100 });
  await expect(answer).rejects.toMatchObject({ kind: 'deadline-exceeded', cause: { code: 4 } });
  await cancelled.promise;
});

it('gets and gives tensors of many lengths at once', async () => {
  const lengths = [0, 1, 16_384, 65_535, 1_000_000, 20_000_000, 3_145_728, 196_608];
  const answers = lengths.map(async (length, seed) => {
    const input = patterned('X', [length], seed);
    using answer = await client.infer({ modelName: 'm', inputs: [input] }, OPTIONS);
    const [output] = answer.outputs;
    return output !== undefined && Buffer.compare(output.data, input.data) === 0;
  });
  expect(await Promise.all(answers)).toEqual(lengths.map(() => true));
});
