/**
 * Where an etcd answers, and with which credentials.
 * @module
 */
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';

/** PEM, as node:tls takes it. */
export interface EtcdTls {
  /** Who signs etcd's certificates. Default: the authorities that Node trusts. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's certificate and its key; both or none. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
}

/** One endpoint. */
export interface EtcdEndpoint {
  /** As it was given. */
  readonly url: string;
  /** As gRPC wants it. */
  readonly target: string;
  readonly secure: boolean;
}

const DEFAULT_PORT = '2379';

/**
 * Reads `https://host:2379`; the port may be left out.
 * @throws TypeError for anything else: other schemes, paths, users
 */
export function parseEndpoint(url: string): EtcdEndpoint {
  const match = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?\/?$/.exec(url);
  if (match === null)
    throw new TypeError(`${JSON.stringify(url)} is no endpoint of etcd: it must be like https://host:2379`);
  const [, scheme, host, port = DEFAULT_PORT] = match;
  return { url, target: `dns:${host}:${port}`, secure: scheme === 'https' };
}

/**
 * The credentials for all endpoints.
 * @throws TypeError when there are no endpoints, only some are secure, TLS is given and not used, or half a key pair is
 */
export function credentialsFor(endpoints: readonly EtcdEndpoint[], tls: EtcdTls | undefined): ChannelCredentials {
  const [first] = endpoints;
  if (first === undefined) throw new TypeError('etcdStore needs at least one endpoint');
  if (endpoints.some(({ secure }) => secure !== first.secure))
    throw new TypeError('endpoints of etcd must be all https or all http');
  if (!first.secure) {
    if (tls !== undefined) throw new TypeError(`tls is given, and ${first.url} is not https`);
    return credentials.createInsecure();
  }
  const { ca, cert, key } = tls ?? {};
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls.cert and tls.key must be given together');
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

function bytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
