import { startLocalFleet } from '../local-fleet.ts';
import { aborted } from '../or-aborted.ts';
import { print, printExports, say } from '../output.ts';

/** Keeps a whole imagen running on this machine until the signal, and says how to reach it. */
export async function dev(
  options: { readonly json?: boolean },
  signal: AbortSignal,
): Promise<number> {
  await using fleet = await startLocalFleet(say, signal);
  const { environment, triton } = fleet;
  if (options.json) print(JSON.stringify({ environment, triton }));
  else {
    say(`Triton: gRPC ${triton.grpcAddress}, metrics ${triton.metricsUrl}`);
    say('Ready. In another terminal:\n');
    printExports(environment);
    say('\nthen e.g.  npm run imagen -- submit comic samples/coffee.jpg --out comic.jpg');
    say('Ctrl-C stops everything.');
  }
  await Promise.race([fleet.failed, aborted(signal)]);
  return 0;
}
