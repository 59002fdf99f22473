import { connectCloud } from '../cloud.ts';
import { type DeadLetterOptions, leaseDeadLetters, parseFilter } from '../dead-letters.ts';
import { chunks } from '../leased-messages.ts';
import { parseOperations } from '../operation-argument.ts';
import { orAborted } from '../or-aborted.ts';
import { print, startProgress } from '../output.ts';

/** Dead letters dropped by one request. */
const BATCH = 100;

/** What `imagen dlq purge` prints per operation with `--json`. */
interface Purged {
  readonly operation: string;
  readonly found: number;
  /** 0 without `--yes`. */
  readonly purged: number;
  readonly isLimited: boolean;
}

/** Drops dead letters; without `yes` only says how many. Records stay. Exit code 0. @throws UsageError */
export async function purgeDeadLetters(
  name: string | undefined,
  options: DeadLetterOptions,
  signal: AbortSignal,
): Promise<number> {
  const operations = parseOperations(name);
  const filter = parseFilter(options);
  const cloud = connectCloud();
  try {
    const results: Purged[] = [];
    for (const operation of operations) {
      await using leased = await leaseDeadLetters(cloud, operation, filter, signal);
      const { letters, isLimited } = leased;
      const purged = options.yes ? await drop(leased, signal) : 0;
      results.push({ operation, found: letters.length, purged, isLimited });
    }
    if (options.json) print(JSON.stringify(results));
    else for (const result of results) print(describe(result, options));
    return 0;
  } finally {
    await cloud.close();
  }
}

type Leased = Awaited<ReturnType<typeof leaseDeadLetters>>;

async function drop(leased: Leased, signal: AbortSignal): Promise<number> {
  const { letters } = leased;
  const [first] = letters;
  if (first === undefined) return 0;
  const some = chunks(letters, BATCH);
  const progress = startProgress(some.length, `purging ${first.operation}`);
  for (const batch of some) {
    await orAborted(leased.acknowledge(batch), signal);
    progress.advance(`${batch.length} dropped`);
  }
  progress.finish(`${first.operation}: ${letters.length} dropped`);
  return letters.length;
}

function describe({ operation, found, purged, isLimited }: Purged, options: DeadLetterOptions) {
  const more = isLimited ? ` (--limit ${options.limit}: there may be more)` : '';
  if (options.yes) return `${operation}: ${purged} dropped${more}`;
  return `${operation}: would drop ${found}${more}${found > 0 ? '; run it again with --yes' : ''}`;
}
