import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of connections: forwarded, refused and destroyed, or accepted and left without a byte. */
export type ProxyMode = 'pass' | 'cut' | 'hold';

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** A TCP proxy on loopback that can break the network between two programs. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #links = new Set<Link>();
  #mode: ProxyMode = 'pass';

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (client) => this.#link(client));
  }

  /** Starts one on a free port; the target need not be there yet. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new TcpProxy(server, targetPort);
  }

  /** `host:port` to connect to. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on; what a hold kept back is forwarded when it ends, if both ends still wait. */
  set mode(mode: ProxyMode) {
    this.#mode = mode;
    for (const link of this.#links) this.#apply(link);
  }

  #link(client: Socket): void {
    if (this.#mode === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#targetPort, '127.0.0.1');
    const link = { client, upstream };
    this.#links.add(link);
    const end = (): void => {
      this.#links.delete(link);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    this.#apply(link);
  }

  #apply({ client, upstream }: Link): void {
    if (this.#mode === 'cut') {
      client.resetAndDestroy();
      upstream.destroy();
    } else if (this.#mode === 'hold') {
      client.unpipe(upstream).pause();
      upstream.unpipe(client).pause();
    } else {
      // Piping twice would forward every byte twice.
      client.unpipe(upstream).pipe(upstream);
      upstream.unpipe(client).pipe(client);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const { client, upstream } of this.#links) {
      client.destroy();
      upstream.destroy();
    }
    await closed;
  }
}
