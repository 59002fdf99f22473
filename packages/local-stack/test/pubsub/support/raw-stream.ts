import type { protos } from '@google-cloud/pubsub';
import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import type { Clients } from './target.ts';

type Request = protos.google.pubsub.v1.IStreamingPullRequest;
type Response = protos.google.pubsub.v1.IStreamingPullResponse;

/** A StreamingPull as it is on the wire. */
export interface RawStream {
  send(request: Request): void;
  /** The next response that carries messages; their data as text. */
  messages(): Promise<{ text: string; ackId: string }[]>;
  /** The next response, whatever it carries. */
  response(): Promise<Response>;
  /** The status that the stream ends with. */
  status(): Promise<StatusObject>;
  /** Closes the client's side and waits for the server's. */
  end(): Promise<void>;
}

/** Opens a stream and sends its first request (ack deadline 10 s unless it says otherwise). */
export async function openStream(clients: Clients, first: Request): Promise<RawStream> {
  const stub = await clients.subscriber.initialize();
  const open = stub['streamingPull'] as () => ClientDuplexStream<Request, Response>;
  const call = open.call(stub);
  const ended = new Promise<StatusObject>((resolve) => {
    call.on('status', resolve);
  });
  // The status says it too.
  call.on('error', () => {});
  const response = async (): Promise<Response> => {
    for (;;) {
      const next = call.read() as Response | null;
      if (next !== null) return next;
      await new Promise((resolve) => {
        call.once('readable', resolve);
      });
    }
  };
  call.write({ streamAckDeadlineSeconds: 10, ...first });
  return {
    send: (request) => call.write(request),
    response,
    messages: async () => {
      let received: protos.google.pubsub.v1.IReceivedMessage[] = [];
      while (received.length === 0) received = (await response()).receivedMessages ?? [];
      return received.map(({ ackId, message }) => ({
        text: Buffer.from(message?.data ?? '').toString(),
        ackId: ackId ?? '',
      }));
    },
    status: async () => {
      call.resume();
      return ended;
    },
    end: async () => {
      call.end();
      call.resume();
      await ended;
    },
  };
}
