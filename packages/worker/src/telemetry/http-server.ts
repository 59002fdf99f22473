import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Answers of a health check: what was looked at → null when well, else what is wrong. */
type HealthReport = Readonly<Record<string, string | null>>;

/** What the endpoints ask. They must answer truthfully, and without throwing. */
export interface HealthChecks {
  /** `/livez`: does the worker make progress? A restart mends what fails here. */
  live(): HealthReport;
  /** `/readyz`: could a job be done now? */
  ready(): Promise<HealthReport>;
}

/** Serves `/livez`, `/readyz` and `/metrics`; resolves with the server when it listens. */
export async function startHttpServer(
  port: number,
  registry: Registry,
  checks: HealthChecks,
): Promise<{ port: number; close(): void }> {
  const routes: Record<string, (response: ServerResponse) => Promise<void>> = {
    '/livez': async (response) => sendHealth(response, checks.live()),
    '/readyz': async (response) => sendHealth(response, await checks.ready()),
    '/metrics': async (response) => {
      response.setHeader('content-type', registry.contentType);
      response.end(await registry.metrics());
    },
  };
  const server: Server = createServer((request, response) => {
    const route = routes[new URL(request.url ?? '/', 'http://worker').pathname];
    if (request.method !== 'GET' || route === undefined) response.writeHead(404).end();
    else route(response).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function sendHealth(response: ServerResponse, report: HealthReport): void {
  const isWell = Object.values(report).every((problem) => problem === null);
  response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(report)}\n`);
}
