import type { Address } from './address.ts';
import type { GrpcError } from './grpc-status.ts';
import { Connection } from './http2/connection.ts';
import type { Exchange } from './http2/exchange.ts';

/** A server that comes back is found within half a second. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 500;

/** The way to one server: connects with the first exchange, and again when the connection is lost. */
export class Channel {
  readonly #address: Address;
  /** All that are not closed: besides the one in use, those that a server has retired with exchanges running. */
  readonly #connections = new Set<Connection>();
  /** The one that takes exchanges. */
  #current: Connection | undefined;
  /** Why the last attempt to connect failed; exchanges fail with it at once until another has succeeded. */
  #failure: GrpcError | undefined;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #isReady = false;
  #isClosed = false;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Connected: an exchange begins at once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Exchanges run. */
  get isBusy(): boolean {
    return [...this.#connections].some(({ isBusy }) => isBusy);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Begins an exchange as soon as there is a connection; returns what cancels it. Not to be called when it is closed. */
  request(exchange: Exchange): () => void {
    if (this.#failure) {
      exchange.failed(this.#failure);
      return () => undefined;
    }
    this.#current ??= this.#connect();
    return this.#current.request(exchange);
  }

  /** Connects before the first exchange, or again after a connection was lost. */
  connect(): void {
    if (!this.#failure) this.#current ??= this.#connect();
  }

  /** Ends all that runs. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    for (const connection of this.#connections) connection.close();
  }

  #connect(): Connection {
    let wasReady = false;
    const connection = new Connection(this.#address, {
      ready: () => {
        wasReady = true;
        this.#isReady = true;
        this.#failure = undefined;
        this.#retryMs = FIRST_RETRY_MS;
      },
      retired: (reason) => {
        this.#current = undefined;
        this.#isReady = false;
        if (!wasReady) this.#retryLater(reason);
      },
      closed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  #retryLater(reason: GrpcError): void {
    if (this.#isClosed) return;
    this.#failure = reason;
    this.#retryTimer = setTimeout(() => {
      this.#current = this.#connect();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }
}
