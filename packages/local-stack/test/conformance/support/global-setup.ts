import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { freePorts } from '../../../src/triton/free-ports.ts';
import { type BoundServer, startBound } from './bound-server.ts';
import { findFakeGcsServer, findPubSubEmulator } from './find-servers.ts';

/** A server beside ours that a suite runs against: `address` is null when there is none, and `name` says why. */
interface OtherServer {
  readonly name: string;
  readonly address: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` */
    pubSubEmulator: OtherServer;
    /** A URL. */
    fakeGcsServer: OtherServer;
  }
}

type Start = (running: BoundServer[]) => Promise<OtherServer>;

/** Finds or starts the other servers before the suites and stops those that it started after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running: BoundServer[] = [];
  const stop = async () => {
    await Promise.all(running.map(async (server) => server.stop()));
  };
  const provide = async (key: 'pubSubEmulator' | 'fakeGcsServer', start: Start) => {
    const server = await start(running);
    const { name, address } = server;
    const line = address === null ? `SKIPPED ${key}: ${name}` : `${key}: ${name} at ${address}`;
    process.stderr.write(`${line}\n`);
    project.provide(key, server);
  };
  const results = await Promise.allSettled([
    provide('pubSubEmulator', startEmulator),
    provide('fakeGcsServer', startFakeGcs),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return stop;
  await stop();
  throw failed.reason;
}

/** Takes a variable away: clients in the tests would prefer it to the address that they are given. */
function take(variable: string): string | undefined {
  const value = process.env[variable];
  delete process.env[variable];
  return value === '' ? undefined : value;
}

async function startEmulator(running: BoundServer[]): Promise<OtherServer> {
  const given = take('PUBSUB_EMULATOR_HOST');
  if (given !== undefined) return { name: 'server of PUBSUB_EMULATOR_HOST', address: given };
  const found = await findPubSubEmulator();
  if (found === undefined) {
    const where = 'no PUBSUB_EMULATOR_HOST, and no gcloud installation has it';
    return { name: `official emulator (${where})`, address: null };
  }
  const [port] = await freePorts(1);
  const command = [found.file, '--host=127.0.0.1', `--port=${port}`];
  running.push(await startBound(command, /Server started/));
  return { name: found.name, address: `127.0.0.1:${port}` };
}

async function startFakeGcs(running: BoundServer[]): Promise<OtherServer> {
  const given = take('STORAGE_EMULATOR_HOST');
  if (given !== undefined) {
    const address = given.includes('://') ? given : `http://${given}`;
    return { name: 'server of STORAGE_EMULATOR_HOST', address };
  }
  const found = await findFakeGcsServer();
  if (found === undefined) {
    const where = 'no STORAGE_EMULATOR_HOST, and it is neither on the PATH nor in GOPATH/bin';
    return { name: `fake-gcs-server (${where})`, address: null };
  }
  const [port] = await freePorts(1);
  const host = `127.0.0.1:${port}`;
  const at = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)];
  const urls = ['-public-host', host, '-external-url', `http://${host}`];
  const command = [found.file, ...at, '-backend', 'memory', ...urls];
  running.push(await startBound(command, /server started/));
  return { name: found.name, address: `http://${host}` };
}
