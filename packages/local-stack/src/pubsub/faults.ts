import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { FaultList } from '../fault-list.ts';
import type { ReceivedMessage } from './messages.ts';
import type { Registry } from './registry.ts';
import { RpcError } from './rpc-error.ts';

/** Unary RPCs that faults can strike. */
export type FaultyRpc = 'Publish' | 'Pull' | 'Acknowledge' | 'ModifyAckDeadline';

/** What a fault does to an RPC. */
export type RpcEffect =
  /** It fails with UNAVAILABLE and is not done. */
  | { readonly kind: 'unavailable' }
  /** It is done, its response gets lost, and the caller sees UNAVAILABLE. */
  | { readonly kind: 'lose-response' }
  /** It is answered with success and not done: a lost ack. Only for Acknowledge and ModifyAckDeadline. */
  | { readonly kind: 'ignore' }
  /** It is done and answered this many milliseconds of real time later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Only for Pull: what it delivers is delivered once more, as Pub/Sub's at-least-once delivery may. */
  | { readonly kind: 'duplicate' };

/** The faults of a Pub/Sub server. */
export class PubSubFaults extends FaultList<FaultyRpc, RpcEffect> {}

/** Does an RPC with the effect of a fault. @throws RpcError UNAVAILABLE where that is the effect */
export async function withEffect(
  effect: RpcEffect,
  request: object,
  proceed: () => Promise<object>,
  registry: Registry,
): Promise<object> {
  switch (effect.kind) {
    case 'lose-response':
      await proceed();
      throw struck();
    case 'ignore':
      return {};
    case 'delay':
      await delay(effect.delayMs);
      return proceed();
    case 'duplicate':
      return redeliver(registry, request, await proceed());
    case 'unavailable':
    default:
      throw struck();
  }
}

function redeliver(registry: Registry, request: object, response: object): object {
  const { subscription } = request as { subscription: string };
  const { receivedMessages } = response as { receivedMessages: ReceivedMessage[] };
  const messages = receivedMessages.map(({ message }) => ({
    message,
    sizeBytes: message.data.length,
  }));
  registry.subscription(subscription).publish(messages);
  return response;
}

const struck = (): RpcError => new RpcError(status.UNAVAILABLE, 'A fault of the local Pub/Sub.');
