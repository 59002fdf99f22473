import { ACK_DEADLINE_SECONDS, checkModifiedDeadline, checkRange } from './limits.ts';
import type { ReceivedMessage, StreamingPullRequest, StreamingPullResponse } from './messages.ts';
import type { Registry } from './registry.ts';
import { type RpcError, invalidArgument } from './rpc-error.ts';
import type { StreamHandler, StreamSink } from './rpc.ts';
import type { Receiver, Subscription } from './subscription.ts';

/** Most messages in one response, so that streams of one subscription share a backlog. */
const MAX_BATCH = 100;

/** One open StreamingPull: flow control, acks that come by the stream, keepalive. */
export class StreamingPull implements StreamHandler, Receiver {
  readonly #registry: Registry;
  readonly #sink: StreamSink;
  /** Undefined before the first request and after the end. */
  #subscription: Subscription | undefined;
  #detach: () => void = () => {};
  #opened = false;
  #readable = true;
  #ackDeadlineSeconds = 0;
  #answersKeepalive = false;
  #maxMessages = Infinity;
  #maxBytes = Infinity;
  #outstandingMessages = 0;
  #outstandingBytes = 0;

  constructor(registry: Registry, sink: StreamSink) {
    this.#registry = registry;
    this.#sink = sink;
  }

  /** @throws RpcError INVALID_ARGUMENT, NOT_FOUND */
  request(request: StreamingPullRequest): void {
    if (!this.#opened) this.#open(request);
    else if (this.#subscription !== undefined) this.#continue(request, this.#subscription);
  }

  drained(): void {
    this.#readable = true;
    this.#subscription?.settle();
  }

  /** Messages already sent stay leased until their ack deadline. */
  closed(): void {
    this.#detach();
    this.#subscription = undefined;
  }

  capacity(): { maxMessages: number; maxBytes: number; ackDeadlineMs: number } {
    const maxBytes = this.#maxBytes - this.#outstandingBytes;
    const room = Math.min(this.#maxMessages - this.#outstandingMessages, MAX_BATCH);
    return {
      maxMessages: this.#readable && maxBytes > 0 ? room : 0,
      maxBytes,
      ackDeadlineMs: this.#ackDeadlineSeconds * 1000,
    };
  }

  deliver(receivedMessages: ReceivedMessage[], sizeBytes: number): void {
    this.#outstandingMessages += receivedMessages.length;
    this.#outstandingBytes += sizeBytes;
    this.#send({ receivedMessages });
  }

  leaseEnded(sizeBytes: number): void {
    this.#outstandingMessages -= 1;
    this.#outstandingBytes -= sizeBytes;
  }

  end(error: RpcError): void {
    this.closed();
    this.#sink.end(error);
  }

  #open(request: StreamingPullRequest): void {
    this.#opened = true;
    const subscription = this.#registry.subscription(request.subscription);
    this.#setAckDeadline(request.streamAckDeadlineSeconds);
    this.#answersKeepalive = request.protocolVersion >= 1;
    // Zero and less mean no limit.
    if (request.maxOutstandingMessages > 0) this.#maxMessages = request.maxOutstandingMessages;
    if (request.maxOutstandingBytes > 0) this.#maxBytes = request.maxOutstandingBytes;
    this.#subscription = subscription;
    this.#send({
      subscriptionProperties: {
        exactlyOnceDeliveryEnabled: false,
        messageOrderingEnabled: false,
      },
    });
    this.#detach = subscription.attach(this);
    this.#applyAcks(request, subscription);
    subscription.settle();
  }

  #continue(request: StreamingPullRequest, subscription: Subscription): void {
    if (request.subscription !== '') throw onlyFirst('subscription');
    if (request.maxOutstandingMessages !== 0) throw onlyFirst('maxOutstandingMessages');
    if (request.maxOutstandingBytes !== 0) throw onlyFirst('maxOutstandingBytes');
    if (request.protocolVersion !== 0) throw onlyFirst('protocolVersion');
    if (request.streamAckDeadlineSeconds !== 0) {
      this.#setAckDeadline(request.streamAckDeadlineSeconds);
    }
    this.#applyAcks(request, subscription);
    const keepalive = request.ackIds.length === 0 && request.modifyDeadlineAckIds.length === 0;
    if (keepalive && this.#answersKeepalive) this.#send({});
  }

  #setAckDeadline(seconds: number): void {
    checkRange('streamAckDeadlineSeconds', seconds, ACK_DEADLINE_SECONDS);
    this.#ackDeadlineSeconds = seconds;
  }

  #applyAcks(request: StreamingPullRequest, subscription: Subscription): void {
    const { ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds } = request;
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument(
        `${modifyDeadlineAckIds.length} modifyDeadlineAckIds have ${modifyDeadlineSeconds.length} modifyDeadlineSeconds; give one each.`,
      );
    }
    modifyDeadlineSeconds.forEach(checkModifiedDeadline);
    if (ackIds.length > 0) subscription.acknowledge(ackIds);
    for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
      subscription.modifyAckDeadline([ackId], modifyDeadlineSeconds[index] ?? 0);
    }
  }

  #send(response: StreamingPullResponse): void {
    this.#readable = this.#sink.send(response);
  }
}

const onlyFirst = (field: string): RpcError =>
  invalidArgument(`${field} may only stand in the first request of a stream; leave it out.`);
