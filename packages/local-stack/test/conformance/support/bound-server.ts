import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own. */
export interface BoundServer {
  /** What said that it is ready. */
  readonly ready: RegExpExecArray;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

// Its standard input ends with the process that holds the other end, however that ends. It lets go of the output, which
// then ends with the server.
const KEEPER = `
"$@" &
server=$!
exec >&- 2>&-
read -r _
kill "$server"
wait "$server"`;

/**
 * Starts a server that ends with this process, be it by SIGKILL, and waits until its output says that it is ready.
 *
 * @throws Error with all that it printed, if it ends before that
 */
export async function startBound(command: readonly string[], ready: RegExp): Promise<BoundServer> {
  // In a session of its own: a terminal's Ctrl-C would end the keeper and not the server.
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', ...command], { detached: true });
  const exited = once(keeper, 'exit');
  const stop = async () => {
    keeper.stdin.end();
    await exited;
  };
  let log = '';
  const { promise: started, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  for (const output of [keeper.stdout, keeper.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const match = ready.exec(log);
      if (match) resolve(match);
    });
  }
  keeper.stdout.on('end', () => reject(new Error(`${command.join(' ')} ended:\n${log}`)));
  try {
    return { ready: await started, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
