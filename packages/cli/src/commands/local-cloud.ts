import { startLocalCloud } from '../local-cloud.ts';
import { aborted } from '../or-aborted.ts';
import { print, printExports, say } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `imagen local-cloud`. */
export interface LocalCloudOptions {
  readonly host: string;
  readonly pubsubPort: string;
  readonly storagePort: string;
  readonly json?: boolean;
}

/** Keeps Pub/Sub and Cloud Storage running until the signal, and says how to reach them. @throws UsageError for a port that is none */
export async function localCloud(options: LocalCloudOptions, signal: AbortSignal): Promise<number> {
  await using local = await startLocalCloud({
    host: options.host,
    pubsubPort: port(options.pubsubPort),
    storagePort: port(options.storagePort),
  });
  if (options.json) print(JSON.stringify({ environment: local.environment }));
  else {
    printExports(local.environment);
    say('\nNothing is kept: what is in it ends with it. Ctrl-C stops it.');
  }
  await aborted(signal);
  return 0;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new UsageError(`"${text}" is not a port: use 0 (any free one) to 65535`);
  return value;
}
