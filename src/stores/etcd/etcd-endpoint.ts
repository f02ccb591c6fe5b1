/**
 * The endpoints of an etcd and the credentials for them.
 * @module
 */
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';

/** Certificates and keys, each as PEM. */
export interface EtcdTls {
  /** The certificate authorities of etcd. Default: the authorities that Node trusts. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's certificate. Requires `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array | undefined;
}

/** One endpoint. */
export interface EtcdEndpoint {
  /** The endpoint as it was configured. */
  readonly url: string;
  /** The target of a gRPC channel. */
  readonly target: string;
  readonly secure: boolean;
}

const DEFAULT_PORT = '2379';

/**
 * Parses an endpoint like `https://host:2379`. The port is optional.
 * @throws TypeError for other schemes, and for URLs with a path or a user
 */
export function parseEndpoint(url: string): EtcdEndpoint {
  const match = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?\/?$/.exec(url);
  if (match === null)
    throw new TypeError(`${JSON.stringify(url)} is not an endpoint of etcd; use the form https://host:2379`);
  const [, scheme, host, port = DEFAULT_PORT] = match;
  return { url, target: `dns:${host}:${port}`, secure: scheme === 'https' };
}

/**
 * Returns the credentials for all endpoints.
 * @throws TypeError if there are no endpoints, if only some are https, if `tls` is set without https, or if half a key pair is set
 */
export function credentialsFor(endpoints: readonly EtcdEndpoint[], tls: EtcdTls | undefined): ChannelCredentials {
  const [first] = endpoints;
  if (first === undefined) throw new TypeError('etcdStore() needs at least one endpoint in `endpoints`');
  if (endpoints.some(({ secure }) => secure !== first.secure))
    throw new TypeError('the endpoints of etcd must be all https or all http');
  if (!first.secure) {
    if (tls !== undefined) throw new TypeError(`tls is set, but ${first.url} is not https; use https or remove tls`);
    return credentials.createInsecure();
  }
  const { ca, cert, key } = tls ?? {};
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls.cert and tls.key must be set together');
  return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

function bytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
