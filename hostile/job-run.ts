import { setTimeout as delay } from 'node:timers/promises';
import { jobTopic, topicPath } from '@imagen/contracts';
import { digestOf } from '../packages/worker/src/index.ts';
import type { HostileMessage } from './hostile-message.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { Rig } from './rig.ts';

/** A job that takes longer than this hangs. */
const LIMIT_MS = 60_000;
const POLL_MS = 15;
/** Log lines of a job that is tried again: nothing here is to be tried again. */
const RETRIES: ReadonlySet<string | undefined> = new Set([
  'job held',
  'job given back',
  'cannot write the failure down',
]);

/** A message that was sent, and what was seen of it until it was acked. */
export interface Sent {
  readonly message: HostileMessage;
  readonly messageId: string;
  /** What the job did that no job may. */
  readonly troubles: string[];
  /** Where memory was watched: how much the worker's processes grew. */
  growthMiB?: number;
}

/** A message that is not acked yet. */
interface InWork {
  readonly sent: Sent;
  deadlineAtMs: number;
  /** Its worker is gone: it comes again, to be acked by its record. */
  isGivenUp: boolean;
}

/** Sends messages, waits until each is acked, and gets those out of the way that do not end by themselves. */
export class JobRun {
  readonly #rig: Rig;
  readonly #signal: AbortSignal;
  readonly #inWork = new Map<string, InWork>();
  #crashes = 0;

  constructor(rig: Rig, signal: AbortSignal) {
    this.#rig = rig;
    this.#signal = signal;
  }

  /** Works through messages, so many at a time. `before` may prepare what a message needs. */
  async all(
    messages: readonly HostileMessage[],
    atATime: number,
    before?: (message: HostileMessage) => Promise<void>,
  ): Promise<Sent[]> {
    const sent: Sent[] = [];
    for (const message of messages) {
      await before?.(message);
      sent.push(await this.#send(message));
      while (this.#inWork.size >= atATime) await this.#step();
    }
    while (this.#inWork.size > 0) await this.#step();
    return sent;
  }

  /** One message, with an eye on the worker's memory. */
  async watched(message: HostileMessage): Promise<Sent> {
    const [pid = 0] = this.#rig.fleet.pids;
    const watch = new MemoryWatch(pid);
    const [sent] = await this.all([message], 1);
    return { ...sent!, growthMiB: watch.stop() };
  }

  async #send(message: HostileMessage): Promise<Sent> {
    const { cloud } = this.#rig.local;
    const topic = topicPath(cloud.projectId, jobTopic(message.operation));
    const { data, attributes } = message;
    const request = { topic, messages: [{ data, attributes }] };
    const [{ messageIds }] = await cloud.publisher.publish(request);
    const messageId = messageIds?.[0] ?? '';
    const sent: Sent = { message, messageId, troubles: [] };
    this.#inWork.set(messageId, { sent, deadlineAtMs: Date.now() + LIMIT_MS, isGivenUp: false });
    return sent;
  }

  async #step(): Promise<void> {
    await delay(POLL_MS, undefined, { signal: this.#signal });
    const { reader, log } = this.#rig;
    for (const { msg, messageId = '', code } of log.catchUp()) {
      const inWork = this.#inWork.get(messageId);
      if (inWork && RETRIES.has(msg)) await this.#release(inWork.sent, `${msg}: ${code}`);
    }
    await this.#meetCrash();
    reader.catchUp();
    const open = new Set(reader.unacked(this.#inWork.keys()));
    for (const [messageId, inWork] of this.#inWork) {
      const isLate = Date.now() > inWork.deadlineAtMs;
      if (!open.has(messageId) || (isLate && inWork.isGivenUp)) this.#inWork.delete(messageId);
      else if (isLate) await this.#giveUp(inWork.sent);
    }
  }

  /** Writes the job's record, if it has none: its next try finds that, and ends. */
  async #release({ message, troubles }: Sent, trouble: string): Promise<void> {
    if (troubles.includes(trouble)) return;
    troubles.push(trouble);
    const { jobId, operation } = message;
    if (jobId === undefined) return;
    const now = new Date().toISOString();
    const record = {
      outcome: 'failed' as const,
      jobId,
      operation,
      messageDigest: digestOf(message),
      deliveryAttempt: 0,
      publishedAt: now,
      finishedAt: now,
      durationMs: 0,
      error: { code: 'UNDELIVERABLE' as const, message: `the run gave up on it: ${trouble}` },
    };
    await this.#rig.local.cloud.objects.createRecord(record, this.#signal);
  }

  /** A job that hangs keeps a slot for minutes: its worker is replaced. */
  async #giveUp(sent: Sent): Promise<void> {
    await this.#release(sent, `not ended after ${LIMIT_MS / 1000} s`);
    this.#rig.fleet.strike(0, 'SIGKILL');
    await this.#abandon(`its worker was replaced because of ${sent.message.name}`);
  }

  async #meetCrash(): Promise<void> {
    const { crashes } = this.#rig.fleet;
    if (crashes.length === this.#crashes) return;
    this.#crashes = crashes.length;
    await this.#abandon(`its worker ended by itself: ${crashes.at(-1)}`);
  }

  /** What was in work with a worker that is gone gets its record, and is waited for again: its lease must run out. */
  async #abandon(trouble: string): Promise<void> {
    for (const inWork of this.#inWork.values()) {
      await this.#release(inWork.sent, trouble);
      inWork.isGivenUp = true;
      inWork.deadlineAtMs = Date.now() + LIMIT_MS;
    }
  }
}
