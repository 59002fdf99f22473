import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type Clock, systemClock } from './clock.ts';
import { PubSubFaults } from './faults.ts';
import { iamHandlers } from './iam-service.ts';
import { interceptor } from './interceptor.ts';
import type { JournalEntry } from './journal.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import { loadServices } from './protos.ts';
import { publisherHandlers } from './publisher-service.ts';
import { Registry } from './registry.ts';
import { stopping } from './rpc-error.ts';
import { serve } from './rpc.ts';
import { subscriberHandlers } from './subscriber-service.ts';

/** How to start a Pub/Sub server. */
export interface PubSubOptions {
  /** Address to listen on. Default 127.0.0.1: there is no authentication. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default: real time. */
  readonly clock?: Clock;
  /** Keep a journal of every unary RPC, which grows without end. Default: false. */
  readonly journal?: boolean;
}

/** A running Pub/Sub server. Everything it holds is in memory. */
export interface PubSubServer {
  /** `host:port`, for PUBSUB_EMULATOR_HOST. */
  readonly address: string;
  /** What goes wrong, for tests. */
  readonly faults: PubSubFaults;
  /** Every unary RPC in the order of its answer; empty unless it was asked for. */
  readonly journal: readonly JournalEntry[];
  /** Ends hanging Pulls and streams with UNAVAILABLE and closes the port. May be called again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long clients may take to hang up before they are cut off. */
const STOP_GRACE_MS = 500;

/**
 * Starts a Pub/Sub server in this process, for the official clients of any language.
 * @throws Error if it cannot listen there
 */
export async function startPubSub(options: PubSubOptions = {}): Promise<PubSubServer> {
  const { host = '127.0.0.1', port = 0, clock = systemClock } = options;
  const [faults, journal] = [new PubSubFaults(), new Array<JournalEntry>()];
  const registry = new Registry(clock);
  // Twice what is allowed, so that somewhat too large requests get Pub/Sub's own error.
  const server = new Server({ 'grpc.max_receive_message_length': 2 * MAX_REQUEST_BYTES });
  const services = loadServices();
  const kept = options.journal ? journal : undefined;
  const intercept = interceptor({ registry, faults, clock, journal: kept });
  serve(server, services.publisher, { unary: publisherHandlers(registry) }, intercept);
  serve(server, services.subscriber, subscriberHandlers(registry), intercept);
  serve(server, services.schemaService, { unary: {} }, intercept);
  serve(server, services.iamPolicy, { unary: iamHandlers(registry) }, intercept);

  const hostInUrl = host.includes(':') ? `[${host}]` : host;
  const boundPort = await listen(server, `${hostInUrl}:${port}`);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped ??= shutDown(server, registry);
    await stopped;
  };
  const address = `${hostInUrl}:${boundPort}`;
  return { address, faults, journal, stop, [Symbol.asyncDispose]: stop };
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else
        reject(
          new Error(
            `Pub/Sub cannot listen on ${address}. Choose another port, or 0 for any free one.`,
            { cause: error },
          ),
        );
    });
  });
}

async function shutDown(server: Server, registry: Registry): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.tryShutdown(() => resolve());
  });
  // After tryShutdown, so that nobody comes back to a closed registry.
  registry.close(stopping());
  const force = setTimeout(() => server.forceShutdown(), STOP_GRACE_MS);
  await closed;
  clearTimeout(force);
}
