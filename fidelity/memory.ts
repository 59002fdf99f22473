// The memory part of `npm run test:fidelity`: see README.md.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startTriton } from '@imagen/local-stack/triton';
import { formatTable } from '../packages/cli/src/output.ts';
import { makeLargePictures } from './large-pictures.ts';
import { type MemoryCap, openMemoryCap } from './memory-cap.ts';
import { type LargeJob, MemoryTrial, type Round } from './memory-trial.ts';
import { makeSimulatedRepository } from './simulated-repository.ts';

const OUT_FOLDER = fileURLToPath(new URL('../out/fidelity', import.meta.url));
/** What a worker may have, children included. */
const CAP_MIB = 1024;
const MIB = 2 ** 20;

const JOBS: readonly LargeJob[] = [
  { operation: 'enhance', source: '50-megapixels.jpg' },
  { operation: 'comic', source: '50-megapixels.jpg' },
  { operation: 'aged', source: '50-megapixels.jpg' },
  { operation: 'bg-remove', source: '50-megapixels.jpg' },
  { operation: 'upscale', source: '6-megapixels.jpg' },
  { operation: 'upscale', source: '6-megapixels.png' },
];

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort());
}

async function run(): Promise<number> {
  await using running = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'imagen-simulated-'));
  running.defer(async () => rm(folder, { recursive: true }));
  await makeSimulatedRepository(folder);
  const triton = running.use(
    await startTriton({ modelRepositories: [folder], onProgress: say, signal: interrupted.signal }),
  );
  say('making pictures');
  const sources = await makeLargePictures();
  for (const [name, bytes] of sources) say(`  ${name}: ${bytes.length} bytes`);
  const cap = running.use(await openMemoryCap(CAP_MIB * MIB));
  await mkdir(OUT_FOLDER, { recursive: true });
  const logFile = join(OUT_FOLDER, 'worker.log');
  await rm(logFile, { force: true });
  const { signal } = interrupted;
  const tritonAddress = triton.grpcAddress;
  const trial = running.use(new MemoryTrial({ cap, tritonAddress, sources, logFile, signal }));
  const rounds: Round[] = [];
  for (const jobs of [...JOBS.map((job) => [job]), JOBS]) {
    const round = await trial.run(jobs);
    rounds.push(round);
    for (const { operation, seconds, outcome } of round.rows) {
      say(`  ${operation}: ${outcome}, ${seconds} s, peak ${toMiB(round.peak.ownBytes)} MiB`);
    }
  }
  return report(cap.kind, rounds);
}

function report(capped: MemoryCap['kind'], rounds: readonly Round[]): number {
  const holds = rounds.every(
    ({ rows, peak }) =>
      peak.ownBytes <= CAP_MIB * MIB && rows.every(({ outcome }) => outcome === 'succeeded'),
  );
  const text = values.json
    ? JSON.stringify({ capped, capMiB: CAP_MIB, holds, rounds }, null, 2)
    : `${formatTable(toTable(rounds))}\n\ncap: ${CAP_MIB} MiB, ${capped}: ${holds ? 'holds' : 'DOES NOT HOLD'}`;
  process.stdout.write(`${text}\n`);
  return holds ? 0 : 1;
}

function toTable(rounds: readonly Round[]): (string | number)[][] {
  const sizes = ['MP in', 'MP out', 'result bytes', 's', 'peak MiB', 'with cache'];
  const head = ['job', 'source', ...sizes, 'outcome'];
  const lines = rounds.flatMap(({ rows, peak }) =>
    rows.map((row, index) => [
      rows.length > 1 ? `${row.operation}, at once` : row.operation,
      row.source,
      row.megapixelsIn,
      row.megapixelsOut,
      row.resultBytes,
      row.seconds,
      index === 0 ? toMiB(peak.ownBytes) : '',
      index === 0 ? toMiB(peak.countedBytes) : '',
      row.outcome,
    ]),
  );
  return [head, ...lines];
}

function toMiB(bytes: number): number {
  return Math.round(bytes / MIB);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await run();
} catch (error) {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(interrupted.signal.aborted ? 'interrupted' : what);
  process.exitCode = 1;
}
// Everything is disposed of; a client's pull must not keep the program.
process.exit(interrupted.signal.aborted ? 130 : process.exitCode);
