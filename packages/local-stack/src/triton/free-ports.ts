import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

// Below the ports that Linux hands out by itself, which any connection could take before the server binds them.
const FIRST = 20_000;
const LAST = 32_000;

/** `count` different ports of 127.0.0.1 that nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Whether this process, and no other, listens on a port of 127.0.0.1. False when there is no such process. */
export async function listensOn(pid: number, port: number): Promise<boolean> {
  // Columns 2, 4 and 10: local address, state (0A is listening) and inode.
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '');
  const sockets = table.split('\n').map((line) => line.trim().split(/\s+/));
  const socket = sockets.find((columns) => columns[1] === address && columns[3] === '0A');
  if (!socket) return false;
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch((): string[] => []);
  const links = files.map(async (file) => readlink(`${folder}/${file}`).catch(() => ''));
  return (await Promise.all(links)).includes(`socket:[${socket[9]}]`);
}
