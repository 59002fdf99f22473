import { isIPv6 } from 'node:net';

/** Where a server listens. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port` or `[IPv6]:port`, also as a target of gRPC: https://github.com/grpc/grpc/blob/master/doc/naming.md. */
const TARGET =
  /^(?:(?:dns|ipv4|ipv6):(?:\/\/[^/]*\/)?)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:/[\]]+)):(?<port>\d{1,5})$/;

/** Reads an address. @throws Error for one that is none */
export function parseAddress(target: string): Address {
  const { v6 = '', host = v6, port } = TARGET.exec(target)?.groups ?? {};
  const isAddress = host !== '' && Number(port) <= 65_535 && (v6 === '' || isIPv6(v6));
  if (!isAddress) throw new Error(`Could not parse target name "${target}"`);
  return { host, port: Number(port) };
}
