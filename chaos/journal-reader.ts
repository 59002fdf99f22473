import type { JournalEntry, PubSubServer } from '@imagen/local-stack/pubsub';
import type { StorageJournalEntry, StorageServer } from '@imagen/local-stack/storage';

/** One message handed to a worker. */
export interface Delivery {
  readonly messageId: string;
  readonly attempt: number;
  readonly atMs: number;
  /** Acked or given back; undefined: leased still, or lapsed. */
  endedAtMs: number | undefined;
  isAcked: boolean;
}

/** An object that was written. */
export interface Written {
  readonly atMs: number;
  generations: number;
}

/** Reads both journals as they grow: what was really done, whatever callers were told. */
export class JournalReader {
  readonly #pubsub: PubSubServer;
  readonly #storage: StorageServer;
  /** Objects by `bucket/name`. */
  readonly written: Map<string, Written> = new Map();
  /** By ack id, in the order of delivery. */
  readonly deliveries: Map<string, Delivery> = new Map();
  /** Copies of a message that Pub/Sub made by itself. */
  readonly #extraCopies = new Map<string, number>();
  #pubsubRead = 0;
  #storageRead = 0;

  constructor(pubsub: PubSubServer, storage: StorageServer) {
    this.#pubsub = pubsub;
    this.#storage = storage;
  }

  /** Takes in what has come since the last time. */
  catchUp(): void {
    const { journal: rpcs } = this.#pubsub;
    for (; this.#pubsubRead < rpcs.length; this.#pubsubRead++) {
      this.#readRpc(rpcs[this.#pubsubRead]!);
    }
    const { journal: requests } = this.#storage;
    for (; this.#storageRead < requests.length; this.#storageRead++) {
      this.#readRequest(requests[this.#storageRead]!);
    }
  }

  /** Deliveries of these messages, in order. */
  deliveriesOf(messageIds: ReadonlySet<string>): Delivery[] {
    return [...this.deliveries.values()].filter(({ messageId }) => messageIds.has(messageId));
  }

  /** Those of the messages that are not acked, or not as often as there are copies of them. */
  unacked(messageIds: Iterable<string>): string[] {
    const acked = new Map<string, number>();
    const last = new Map<string, Delivery>();
    for (const delivery of this.deliveries.values()) {
      const { messageId, isAcked } = delivery;
      last.set(messageId, delivery);
      if (isAcked) acked.set(messageId, (acked.get(messageId) ?? 0) + 1);
    }
    return [...messageIds].filter((messageId) => {
      const copies = 1 + (this.#extraCopies.get(messageId) ?? 0);
      // An ack that came after its lease had lapsed did nothing: then a later delivery is there.
      return !last.get(messageId)?.isAcked || (acked.get(messageId) ?? 0) < copies;
    });
  }

  /** The lines of both journals about a job, one string each. */
  linesAbout(jobId: string, messageIds: ReadonlySet<string>): string[] {
    const ackIds = new Set<string>();
    for (const [ackId, { messageId }] of this.deliveries) {
      if (messageIds.has(messageId)) ackIds.add(ackId);
    }
    const rpcs = this.#pubsub.journal.filter(
      (entry) =>
        entry.messageIds.some((id) => messageIds.has(id)) ||
        entry.ackIds.some((id) => ackIds.has(id)),
    );
    // Not job-1 in job-12.
    const name = new RegExp(`[/F]${jobId}\\.\\w+(?:[?&]|$)`);
    const requests = this.#storage.journal.filter(({ url }) => name.test(url));
    return [...rpcs.map(rpcLine), ...requests.map(requestLine)]
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ line }) => line);
  }

  #readRpc(entry: JournalEntry): void {
    const { rpc, outcome, ackIds, atMs } = entry;
    if (outcome !== 'OK') return;
    if (rpc === 'Pull') this.#readPull(entry);
    const isNack = rpc === 'ModifyAckDeadline' && entry.ackDeadlineSeconds === 0;
    if (rpc !== 'Acknowledge' && !isNack) return;
    for (const ackId of ackIds) {
      const delivery = this.deliveries.get(ackId);
      if (delivery === undefined || delivery.endedAtMs !== undefined) continue;
      delivery.endedAtMs = atMs;
      delivery.isAcked = rpc === 'Acknowledge';
    }
  }

  #readPull({ messageIds, ackIds, deliveryAttempts, atMs, fault }: JournalEntry): void {
    for (const [index, messageId] of messageIds.entries()) {
      this.deliveries.set(ackIds[index]!, {
        messageId,
        attempt: deliveryAttempts[index] ?? 0,
        atMs,
        endedAtMs: undefined,
        isAcked: false,
      });
      if (fault !== 'duplicate') continue;
      this.#extraCopies.set(messageId, (this.#extraCopies.get(messageId) ?? 0) + 1);
    }
  }

  #readRequest({ method, url, status, atMs }: StorageJournalEntry): void {
    if (!url.startsWith('/upload/') || status !== 200) return;
    const [path = '', search] = url.split('?');
    const query = new URLSearchParams(search);
    // The start of a resumable upload writes nothing yet; its last part does, but names no object.
    if (method !== 'POST' || query.get('uploadType') === 'resumable') return;
    const object = `${/\/b\/([^/]+)\/o/.exec(path)?.[1]}/${query.get('name')}`;
    const known = this.written.get(object);
    if (known) known.generations += 1;
    else this.written.set(object, { atMs, generations: 1 });
  }
}

interface Line {
  readonly atMs: number;
  readonly line: string;
}

function rpcLine({ atMs, rpc, resource, outcome, fault, ...entry }: JournalEntry): Line {
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const attempts =
    entry.deliveryAttempts.length > 0 ? ` attempts=${entry.deliveryAttempts.join()}` : '';
  const deadline = entry.ackDeadlineSeconds === undefined ? '' : ` ${entry.ackDeadlineSeconds}s`;
  const ids = entry.messageIds.length > 0 ? ` messages=${entry.messageIds.join()}` : '';
  const acks = entry.ackIds.map((ackId) => ackId.replace(/^.*:/, '#')).join();
  const what = `${rpc} ${name}${deadline}${ids}${attempts} acks=${acks} ${outcome}`;
  return { atMs, line: `${time(atMs)} ${what}${fault ? ` fault=${fault}` : ''}` };
}

function requestLine({ atMs, method, url, status, fault }: StorageJournalEntry): Line {
  const done = status ?? 'NOT_DONE';
  return { atMs, line: `${time(atMs)} ${method} ${url} ${done}${fault ? ` fault=${fault}` : ''}` };
}

const time = (atMs: number): string => new Date(atMs).toISOString().slice(11, 23);
