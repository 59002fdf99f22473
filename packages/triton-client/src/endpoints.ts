import dns from 'node:dns';
import { isIP } from 'node:net';
import { type Address, parseAddress } from './address.ts';
import { Channel } from './channel.ts';
import type { Exchange } from './http2/exchange.ts';

/** How often a name is looked up again while there are exchanges: a server that is added gets work after this. */
const LOOKUP_MS = 10_000;

/**
 * All servers behind one target. Where its name has several addresses, as that of a headless Service of Kubernetes has, they
 * take turns: a connection by the name alone would stay with one of them.
 */
export class Endpoints {
  readonly #target: Address;
  /** By the name: for one address, and while no address has a connection. */
  readonly #byName: Channel;
  /** One for each address, where there are several. */
  #byAddress = new Map<string, Channel>();
  /** Of addresses that the name has no more: closed when their exchanges have ended. */
  readonly #gone = new Set<Channel>();
  #turn = 0;
  #lookedUpAtMs = -Infinity;

  /** `host:port`. @throws Error where it is none */
  constructor(target: string) {
    this.#target = parseAddress(target);
    this.#byName = new Channel(this.#target);
  }

  get authority(): string {
    const { host, port } = this.#target;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  get isClosed(): boolean {
    return this.#byName.isClosed;
  }

  /** Begins an exchange with the server whose turn it is; returns what cancels it. Not to be called when it is closed. */
  request(exchange: Exchange): () => void {
    this.#lookUp();
    const ready = [...this.#byAddress.values()].filter(({ isReady }) => isReady);
    this.#turn += 1;
    return (ready[this.#turn % ready.length] ?? this.#byName).request(exchange);
  }

  /** Ends all that runs. */
  close(): void {
    for (const channel of [this.#byName, ...this.#byAddress.values(), ...this.#gone])
      channel.close();
  }

  #lookUp(): void {
    const { host } = this.#target;
    const now = performance.now();
    if (isIP(host) !== 0 || now - this.#lookedUpAtMs < LOOKUP_MS) return;
    this.#lookedUpAtMs = now;
    dns.lookup(host, { all: true }, (error, found) => {
      // A name that is not known now: its connections are good as long as they hold.
      if (!error && !this.isClosed) this.#use(found.map(({ address }) => address));
    });
  }

  #use(addresses: readonly string[]): void {
    const before = this.#byAddress;
    const hosts = new Set(addresses.length > 1 ? addresses : []);
    this.#byAddress = new Map(
      [...hosts].map((host) => [host, before.get(host) ?? new Channel({ ...this.#target, host })]),
    );
    for (const channel of this.#byAddress.values()) channel.connect();
    for (const [host, channel] of before) if (!hosts.has(host)) this.#gone.add(channel);
    for (const channel of this.#gone) if (!channel.isBusy) this.#end(channel);
  }

  #end(channel: Channel): void {
    channel.close();
    this.#gone.delete(channel);
  }
}
