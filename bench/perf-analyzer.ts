import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { installTriton } from '@imagen/local-stack/triton';
import { installPythonEnvironment } from './python-environment.ts';

const PACKAGES = {
  name: 'perf-analyzer',
  requirements: new URL('perf_analyzer/requirements.txt', import.meta.url),
};
/** Libraries that it asks for and its wheel lacks; Triton's wheel has them under longer names. */
const LIBRARIES = { 'libb64-': 'libb64.so.0d', 'libcudart-': 'libcudart.so.12' };
const LIMIT_MS = 120_000;

/** NVIDIA's own load generator, ready to run. */
export interface PerfAnalyzer {
  /**
   * Requests per second with random data, always `inFlight` of them at the server.
   * @throws Error with its output where it measures nothing
   */
  measure(address: string, model: string, inFlight: number): Promise<number>;
}

/** Installs it where that is needed (12 MB). Undefined on machines for which there is none: it is for x86-64 alone. */
export async function installPerfAnalyzer(
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<PerfAnalyzer | undefined> {
  if (process.arch !== 'x64') return undefined;
  const { folder } = await installPythonEnvironment(PACKAGES, say, signal);
  const libraries = join(folder, 'libraries');
  await linkLibraries(libraries);
  const program = join(folder, 'venv/bin/perf_analyzer');
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  return {
    async measure(address, model, inFlight) {
      const scratch = await mkdtemp(join(tmpdir(), 'imagen-perf-'));
      try {
        const csv = join(scratch, 'perf.csv');
        const args = [...ARGUMENTS, '-u', address, '-m', model, '-f', csv];
        const range = ['--concurrency-range', `${inFlight}`];
        await promisify(execFile)(program, [...args, ...range], { env, signal, timeout: LIMIT_MS });
        return inferencesPerS(await readFile(csv, 'utf8'));
      } finally {
        await rm(scratch, { recursive: true });
      }
    },
  };
}

/** A closed loop over gRPC. No criterion of stability: on a busy machine it would end without figures. */
const ARGUMENTS = (
  '-i grpc -a --max-threads 4 --input-data random ' +
  '--measurement-interval 2000 --stability-percentage 999 --max-trials 4'
).split(' ');

async function linkLibraries(folder: string): Promise<void> {
  const { paths } = await installTriton();
  const bundled = paths.LD_LIBRARY_PATH.split(':').at(-1)!;
  const files = await readdir(bundled);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [prefix, name] of Object.entries(LIBRARIES)) {
    const file = files.find((each) => each.startsWith(prefix));
    if (file) await symlink(join(bundled, file), join(folder, name));
  }
}

/** Its table has a line of headings and one of figures. */
function inferencesPerS(csv: string): number {
  const [headings = '', figures = ''] = csv.trim().split('\n');
  const column = headings.split(',').indexOf('Inferences/Second');
  const value = Number(figures.split(',')[column]);
  if (!(value > 0)) throw new Error(`perf_analyzer measured nothing: ${csv}`);
  return value;
}
