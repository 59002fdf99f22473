import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable } from '../packages/cli/src/output.ts';
import type { JobBoard } from './job-board.ts';
import { OUT_FOLDER } from './rig.ts';
import type { Finding, JobFacts, Problem } from './verdict.ts';

/** `summary.json`. */
export interface Summary {
  readonly jobs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly lost: number;
  readonly duplicateVisible: number;
  readonly wrongPixels: number;
  /** Deliveries beyond the first of each message. */
  readonly redeliveries: number;
  /** Batches that Triton ran. */
  readonly gpuExecutions: number;
  /** Processes that the runner ended: workers, Tritons, processes of models. */
  readonly kills: number;
  readonly seed: number;
  readonly strikes: Readonly<Record<string, number>>;
  readonly wallMs: number;
}

/** What a run has shown, beyond its summary. */
export interface Shown {
  readonly findings: readonly Finding[];
  /** Ids of messages that nobody has acked. */
  readonly unacked: readonly string[];
  /** Disturbances that struck less often than they should. */
  readonly tooFew: readonly string[];
  readonly crashes: readonly string[];
}

/** The part of the summary that the jobs' facts give. */
export function countOutcomes(
  facts: readonly JobFacts[],
  findings: readonly Finding[],
): Pick<Summary, 'jobs' | 'succeeded' | 'failed' | 'lost' | 'duplicateVisible' | 'wrongPixels'> {
  const ended = (outcome: string): number =>
    facts.filter(({ record }) => record?.outcome === outcome).length;
  const having = (problem: Problem): number =>
    new Set(findings.flatMap((found) => (found.problem === problem ? found.jobId : []))).size;
  return {
    jobs: facts.length,
    succeeded: ended('succeeded'),
    failed: ended('failed'),
    lost: having('lost'),
    duplicateVisible: having('duplicateVisible'),
    wrongPixels: having('wrongPixels'),
  };
}

/** True when the run has shown what it should. */
export function isGood({ findings, unacked, tooFew }: Shown): boolean {
  return findings.length === 0 && unacked.length === 0 && tooFew.length === 0;
}

/** The two tables, and what is wrong. */
export function renderReport(summary: Summary, shown: Shown): string {
  const { strikes, ...outcomes } = summary;
  const noEvent = shown.findings.filter(({ problem }) => problem === 'noEvent').length;
  const parts = [
    formatTable([['fault', 'strikes'], ...Object.entries(strikes)]),
    formatTable([
      ['outcome', 'count'],
      ...Object.entries(outcomes),
      ['never announced', noEvent],
      ['messages not acked', shown.unacked.length],
      ['workers that ended by themselves', shown.crashes.length],
    ]),
    ...shown.crashes,
    ...shown.findings.map(({ jobId, problem, detail }) => `${problem}: ${jobId}: ${detail}`),
  ];
  if (shown.unacked.length > 0) parts.push(`not acked: messages ${shown.unacked.join(', ')}`);
  if (shown.tooFew.length > 0) parts.push(`struck too seldom: ${shown.tooFew.join(', ')}`);
  return parts.join('\n\n');
}

/** Writes a file of the suite's folder; returns its path. */
export function writeOut(name: string, content: object | string): string {
  const path = join(OUT_FOLDER, name);
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  writeFileSync(path, `${text}\n`);
  return path;
}

/** The journals' lines about every job with a finding, one text per job. */
export function renderTrails(findings: readonly Finding[], board: JobBoard): string[] {
  const byJob = Map.groupBy(findings, ({ jobId }) => jobId);
  const trails = byJob.entries().map(([jobId, found]) => {
    const what = found.map(({ problem, detail }) => `${problem}: ${detail}`).join('; ');
    const lines = board.reader.linesAbout(jobId, board.messageIdsOf(jobId));
    return [`${jobId}: ${what}`, ...lines.map((line) => `  ${line}`)].join('\n');
  });
  return [...trails];
}
