// A process that only infers: what it costs is what the transport costs. Started by transport.ts, which gives its
// arguments; prints a UserReport as JSON.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Client, credentials, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createTritonClient } from '../src/index.ts';

/** What a process has measured of itself. */
export interface UserReport {
  readonly cpuMsPerTile: number;
  readonly tilesPerSecond: number;
  /** Largest resident memory so far. */
  readonly peakRssMib: number;
}

interface Tile {
  readonly modelName: string;
  /** `[1, T, T, 3]` */
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Answers with the bytes of RESULT, which it has let go of. */
type Infer = (tile: Tile) => Promise<number>;

const DEADLINE_MS = 60_000;
const IN_FLIGHT = 16;
const WARM_UP_TILES = 64;

const TRANSPORTS: Readonly<Record<string, (address: string) => Infer>> = {
  own(address) {
    const client = createTritonClient(address);
    return async ({ modelName, shape, data }) => {
      const inputs = [{ name: 'TILE', datatype: 'UINT8', shape, data }] as const;
      using answer = await client.infer({ modelName, inputs }, { deadlineMs: DEADLINE_MS });
      return answer.outputs[0]?.data.byteLength ?? 0;
    };
  },
  'grpc-js': grpcJs,
};

/** The usual way: grpc-js with proto-loader, without its limits for messages and windows. */
function grpcJs(address: string): Infer {
  const proto = fileURLToPath(new URL('../proto/inference.proto', import.meta.url));
  const { 'inference.GRPCInferenceService': service } = loadSync(proto, { longs: Number });
  const methods = service as unknown as Record<string, MethodDefinition<object, object>>;
  const { path, requestSerialize, responseDeserialize } = methods['ModelInfer'] ?? {};
  if (!path || !requestSerialize || !responseDeserialize) throw new Error('no ModelInfer');
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc-node.flow_control_window': 16 * 1024 * 1024,
    'grpc.enable_retries': 0,
  });
  return async ({ modelName, shape, data }) => {
    const inputs = [{ name: 'TILE', datatype: 'UINT8', shape }];
    const request = { modelName, inputs, rawInputContents: [data] };
    const deadline = Date.now() + DEADLINE_MS;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error, response) => {
          if (error) reject(error);
          else
            resolve(
              (response as { rawOutputContents: Buffer[] }).rawOutputContents[0]?.length ?? 0,
            );
        },
      );
    });
  };
}

const [transport = '', address = '', modelName = '', sidePx = '', tiles = ''] =
  process.argv.slice(2);
const infer = TRANSPORTS[transport]?.(address);
if (!infer) throw new Error(`no transport ${transport}`);
const shape = [1, Number(sidePx), Number(sidePx), 3];
const tile = { modelName, shape, data: new Uint8Array(Number(sidePx) ** 2 * 3).fill(7) };
await inferAll(infer, WARM_UP_TILES);
const before = process.cpuUsage();
const startedMs = performance.now();
await inferAll(infer, Number(tiles));
const { user, system } = process.cpuUsage(before);
const report: UserReport = {
  cpuMsPerTile: (user + system) / 1000 / Number(tiles),
  tilesPerSecond: Number(tiles) / ((performance.now() - startedMs) / 1000),
  peakRssMib: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(JSON.stringify(report), () => process.exit());

async function inferAll(inferOne: Infer, count: number): Promise<void> {
  let left = count;
  const run = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if ((await inferOne(tile)) === 0) throw new Error('an answer without RESULT');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, run));
}
