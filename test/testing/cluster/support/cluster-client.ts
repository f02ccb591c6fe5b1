import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';

import type { CertificateAndKey } from '../../../../src/certificates.ts';
import type { FakeCluster } from '../../../../src/testing/cluster/fake-cluster.ts';

export interface ClientOptions {
  readonly http2?: boolean;
  readonly certificate?: CertificateAndKey;
  readonly token?: string;
}

export interface CallOptions {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A parsed body; tests assert its form. */
export interface Json {
  readonly [field: string]: Json;
}

export interface ClientResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The parsed body. */
  readonly json: Json;
}

/** A client of the cluster with one credential or none. */
export interface ClusterClient extends AsyncDisposable {
  call(path: string, options?: CallOptions): Promise<ClientResponse>;
  /** Resolves with the response before its body. */
  open(path: string, options?: CallOptions): Promise<Dispatcher.ResponseData>;
}

export const clusterClient = (
  { url, caCertificate }: Pick<FakeCluster, 'url' | 'caCertificate'>,
  { http2 = true, certificate, token }: ClientOptions = {},
): ClusterClient => {
  const dispatcher = new Agent({
    allowH2: http2,
    connect: {
      ca: caCertificate,
      ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.key }),
    },
  });
  const open: ClusterClient['open'] = async (path, { method = 'GET', headers = {}, body, signal } = {}) =>
    await request(`${url}${path}`, {
      dispatcher,
      method,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    open,
    call: async (path, options) => {
      const { statusCode, headers, body } = await open(path, options);
      const text = await body.text();
      let json: Json = {};
      try {
        json = JSON.parse(text) as Json;
      } catch {
        // A plain text.
      }
      return { status: statusCode, headers, text, json };
    },
    [Symbol.asyncDispose]: async () => await dispatcher.destroy(),
  };
};

/** Creates a client with a certificate for a user. Default: a user without restrictions. */
export const clientOf = async (
  cluster: FakeCluster,
  user: { readonly name: string; readonly groups?: readonly string[] } = { name: 'root', groups: ['system:masters'] },
  options: { readonly http2?: boolean } = {},
): Promise<ClusterClient> =>
  clusterClient(cluster, {
    ...options,
    certificate: await cluster.clientAuthority.issue({
      commonName: user.name,
      organizations: user.groups,
      usage: 'client',
    }),
  });
