import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP server on loopback; disposing of it also ends its connections. */
export interface LoopbackServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly address: string;
}

/** Accepts connections and never says anything. */
export async function startMuteServer(): Promise<LoopbackServer> {
  return listen(0, () => undefined);
}

/** Passes the bytes of connections to `address` on to `target`, both `127.0.0.1:<port>`. */
export async function startForwarder(address: string, target: string): Promise<LoopbackServer> {
  return listen(portOf(address), (socket) => {
    const onward = connect(portOf(target), '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
}

/** An address where nothing listens now. */
export async function unusedAddress(): Promise<string> {
  await using server = await startMuteServer();
  return server.address;
}

async function listen(
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<LoopbackServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.indexOf(':') + 1));
}
