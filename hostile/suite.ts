import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATION_NAMES, type OperationName } from '@imagen/contracts';
import { uploadSource } from '../packages/cli/src/jobs.ts';
import { BOMB, HEAVY } from './bombs.ts';
import { makeFiles, makeMessages } from './corpus.ts';
import { collectFacts } from './evidence.ts';
import type { HostileFile } from './hostile-file.ts';
import { type HostileMessage, jobIdOf, message, type MessageContext } from './hostile-message.ts';
import { JobRun, type Sent } from './job-run.ts';
import { makeReport, renderReport } from './report.ts';
import { type Rig, startRig } from './rig.ts';
import { drawn, SAMPLE_SIZE } from './samples.ts';
import { type Failure, judge, judgeLine } from './verdict.ts';

/** What to run. */
export interface SuiteOptions {
  readonly seed: number;
  /** Part of the names of the files and messages to send; empty: all. */
  readonly only: string;
  /** Folder for the files; undefined: they are not kept. */
  readonly keep: string | undefined;
  readonly isJson: boolean;
  readonly say: (line: string) => void;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Enough for the worker's slots and some that wait. */
const AT_A_TIME = 12;
const GOOD = 'good.png';
/** Of so many files, all but the last four go to the cheapest operation. */
const ROUND = 24;
const OTHERS: readonly OperationName[] = ['comic', 'bg-remove', 'upscale', 'enhance'];

/** Sends every file and message through a whole imagen. Resolves with the exit code. */
export async function runSuite(options: SuiteOptions): Promise<number> {
  const { seed, say, signal } = options;
  const startedAt = Date.now();
  const files = (await makeFiles(seed)).filter(({ name }) => name.includes(options.only));
  if (options.keep !== undefined) keepFiles(files, options.keep);
  say(`seed ${seed}: ${files.length} files; starting Triton and a worker`);
  await using rig = await startRig(say, signal);
  const goodSource = await uploadSource(rig.local.cloud, GOOD, await drawn().png().toBuffer());
  const context = { goodSource, size: SAMPLE_SIZE, finishedJobId: jobIdOf('good-aged-first') };
  const messages = makeMessages(context).filter(({ name }) => name.includes(options.only));
  const run = new JobRun(rig, signal);
  const before = await rejectedMessages(rig);
  const sent = await sendAll(rig, run, { files, messages, context, say });
  const failures = [...(await conditions(rig, sent, before))];
  say('reading records and results');
  const facts = await collectFacts(rig, sent);
  failures.push(...facts.flatMap((fact) => judge(fact)));
  const sourceBytes = new Map(files.map(({ name, bytes }) => [name, bytes.length]));
  const wallMs = Date.now() - startedAt;
  const report = makeReport(facts, { seed, wallMs, failures }, sourceBytes);
  options.print(options.isJson ? JSON.stringify(report, null, 2) : renderReport(report));
  return failures.length === 0 ? 0 : 1;
}

function keepFiles(files: readonly HostileFile[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of files) writeFileSync(join(folder, name), bytes);
}

interface Everything {
  readonly files: readonly HostileFile[];
  readonly messages: readonly HostileMessage[];
  readonly context: MessageContext;
  readonly say: (line: string) => void;
}

/** True for what is sent alone. */
function isWatched({ kind }: HostileMessage): boolean {
  return kind === BOMB || kind === HEAVY;
}

/** Good jobs, the files that are watched one at a time, all others, messages, good jobs. */
async function sendAll(
  { local }: Rig,
  run: JobRun,
  { files, messages, context, say }: Everything,
): Promise<Sent[]> {
  const sent = await run.all(goodJobs(context, 'first'), AT_A_TIME);
  const bytesOf = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const upload = async ({ name }: HostileMessage): Promise<void> => {
    await uploadSource(local.cloud, name, bytesOf.get(name)!);
  };
  const jobs = files.map((file, index) => jobOf(file, index));
  for (const job of jobs.filter(isWatched)) {
    say(job.name);
    await upload(job);
    sent.push(await run.watched(job));
  }
  const others = jobs.filter((job) => !isWatched(job));
  say(`${others.length} files, ${AT_A_TIME} at a time`);
  sent.push(...(await run.all(others, AT_A_TIME, upload)));
  say(`${messages.length} messages`);
  sent.push(...(await run.all(messages, AT_A_TIME)));
  sent.push(...(await run.all(goodJobs(context, 'last'), AT_A_TIME)));
  return sent;
}

/** One of each operation, with a good picture. */
function goodJobs({ goodSource, size }: MessageContext, when: string): HostileMessage[] {
  return OPERATION_NAMES.map((operation) => {
    const name = `good-${operation}-${when}`;
    const params = operation === 'upscale' ? { scale: 2 } : {};
    const data = { jobId: jobIdOf(name), source: goodSource, params };
    return message('good', name, { data, operation, expected: { ends: 'processed', size } });
  });
}

/** The job of a file. Heavy pictures, where they are allowed, go to the operation that makes one inference of any. */
function jobOf({ name, kind, expected }: HostileFile, index: number): HostileMessage {
  const operation =
    kind === HEAVY ? 'bg-remove' : (OTHERS[(index % ROUND) - ROUND + OTHERS.length] ?? 'aged');
  const params = operation === 'upscale' ? { scale: 2 } : {};
  const data = { jobId: jobIdOf(name), source: `gs://imagen-sources/${name}`, params };
  return message(kind, name, { data, operation, expected });
}

/** What must hold of the worker as a whole. */
async function conditions(
  { fleet, pid, url, log }: Rig,
  sent: readonly Sent[],
  rejectedBefore: number,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const check = (name: string, expected: string | number, found: string | number): void => {
    if (found !== expected)
      failures.push({ name, expected: String(expected), found: String(found) });
  };
  check('worker process', pid, fleet.pids[0] ?? 'none');
  check('workers that ended by themselves', 'none', fleet.crashes.join(', ') || 'none');
  if (fleet.pids[0] === pid) {
    const dropped = sent.filter(({ message: { expected } }) => expected.ends === 'dropped').length;
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(`${url}${path}`);
      check(path, 200, response.status);
    }
    const rejected = await rejectedMessages({ url });
    check('imagen_messages_rejected_total', dropped, rejected - rejectedBefore);
  }
  log.catchUp();
  return [...failures, ...judgeLog(log.lines)];
}

/** What is wrong with the log; lines that differ in numbers only are told once. */
function judgeLog(lines: readonly string[]): Failure[] {
  const failures = lines.filter((line) => line !== '').flatMap((line) => judgeLine(line) ?? []);
  const byText = new Map(
    failures.map((failure) => [failure.found.replaceAll(/\d+/g, '#'), failure]),
  );
  return [...byText.values()];
}

async function rejectedMessages({ url }: Pick<Rig, 'url'>): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const samples = (await response.text()).matchAll(
    /^imagen_messages_rejected_total\{.*\} (\d+)$/gm,
  );
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
