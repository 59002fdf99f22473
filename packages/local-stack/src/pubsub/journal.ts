import { status } from '@grpc/grpc-js';
import type { RpcEffect } from './faults.ts';
import type { ReceivedMessage } from './messages.ts';
import { RpcError } from './rpc-error.ts';

/** One unary RPC that the server has answered. */
export interface JournalEntry {
  /** When it was answered, by the server's clock. */
  readonly atMs: number;
  readonly rpc: string;
  /** Full name of the topic or subscription; empty where the RPC has none. */
  readonly resource: string;
  /** What the server did: `OK`, the gRPC status it refused with, or `NOT_DONE`. Its caller may have seen something else: see `fault`. */
  readonly outcome: string;
  readonly fault?: RpcEffect['kind'] | undefined;
  /** Publish: what was published. Pull: what was delivered. */
  readonly messageIds: readonly string[];
  /** Pull: of each message. Acknowledge, ModifyAckDeadline: as asked. */
  readonly ackIds: readonly string[];
  /** Pull: of each message. */
  readonly deliveryAttempts: readonly number[];
  /** ModifyAckDeadline; 0 is a nack. */
  readonly ackDeadlineSeconds?: number | undefined;
}

/** How the server did an RPC. */
export interface Done {
  readonly response?: object;
  readonly error?: unknown;
}

/** What is known of an RPC when it has been answered. */
export interface Answered {
  readonly rpc: string;
  readonly request: object;
  /** Undefined: a fault kept it from being done. */
  readonly done: Done | undefined;
  readonly fault: RpcEffect['kind'] | undefined;
}

type PublishOrPullResponse = Partial<{
  messageIds: string[];
  receivedMessages: ReceivedMessage[];
}>;

/** Describes an RPC without its payload. */
export function journalEntry(atMs: number, answered: Answered): JournalEntry {
  const { rpc, fault, done } = answered;
  const request = answered.request as Partial<{
    topic: unknown;
    subscription: unknown;
    ackIds: string[];
    ackDeadlineSeconds: number;
  }>;
  const response: PublishOrPullResponse | undefined = done?.response;
  const received = response?.receivedMessages ?? [];
  const resource = request.subscription ?? request.topic;
  return {
    atMs,
    rpc,
    fault,
    resource: typeof resource === 'string' ? resource : '',
    outcome: outcomeOf(done),
    messageIds: response?.messageIds ?? received.map(({ message }) => message.messageId),
    ackIds: request.ackIds ?? received.map(({ ackId }) => ackId),
    deliveryAttempts: received.map(({ deliveryAttempt }) => deliveryAttempt),
    ackDeadlineSeconds: request.ackDeadlineSeconds,
  };
}

function outcomeOf(done: Done | undefined): string {
  if (done === undefined) return 'NOT_DONE';
  const { error } = done;
  if (error === undefined) return 'OK';
  return error instanceof RpcError ? status[error.code] : 'INTERNAL';
}
