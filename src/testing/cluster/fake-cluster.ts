import { isIP } from 'node:net';

import type { KubernetesObject } from '../../server/wire/object.ts';
import { aggregator } from './aggregator/aggregator.ts';
import type { Address, ServiceName } from './aggregator/api-service.ts';
import { apiHandler } from './api-handler.ts';
import type { ApiHandler, Features } from './api-handler.ts';
import { authorizer } from './authorization.ts';
import type { Authorize } from './authorization.ts';
import { certificateAuthority } from '../../certificates.ts';
import type { CertificateAuthority } from '../../certificates.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { coreKinds } from './kinds/core-kinds.ts';
import { extensionAuthentication, FRONT_PROXY_NAME } from './aggregator/proxy-request.ts';
import { httpsServer } from './https-server.ts';
import { kubeConfig } from './kube-config.ts';
import { putObjects } from './put-objects.ts';
import { registerApiService } from './register-api-service.ts';
import type { RegisterApiServiceOptions } from './register-api-service.ts';
import { requests } from './requests.ts';
import type { ResourceKind } from './resource-kind.ts';
import { reviewKinds } from './reviews.ts';
import type { Readiness } from './server-routes.ts';
import { storage as newStorage } from './storage.ts';
import type { Storage } from './storage.ts';
import { MASTERS_GROUP, users as knownUsers } from './users.ts';
import type { TokenUser } from './users.ts';

export interface FakeClusterOptions {
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Resources served besides the built-in ones, such as custom resources. */
  readonly kinds?: readonly ResourceKind[] | undefined;
  /** What the cluster can do, for trying out clients of older ones. */
  readonly features?: Partial<Features> | undefined;
  /** Objects that are there from the start, as they are given: see `putObjects`. */
  readonly objects?: Iterable<KubernetesObject> | undefined;
  /** Users with bearer tokens. Users with client certificates need not be told. */
  readonly users?: Iterable<TokenUser> | undefined;
  /** Default: everybody who is known may do everything. There is no RBAC. */
  readonly authorize?: Authorize | undefined;
  /** What else must be well for `/readyz` to answer 200: by name, what is wrong, or undefined. Default: nothing. */
  readonly readiness?: Readiness | undefined;
  /** The machine's clock and timers by default. Certificates are dated by the machine's in any case. */
  readonly clock?: Clock | undefined;
  /** 0 <= x < 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** How many events are kept for watches of each resource. Default: that of `storage`. */
  readonly historyLimit?: number | undefined;
  /** Closes the cluster when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** A user of a kubeconfig with a client certificate. */
export interface CertificateUser {
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
}

/** A Kubernetes API server in this process. */
export interface FakeCluster extends AsyncDisposable {
  /** Such as `https://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** PEM of the authority of the server's own certificate. It vouches for users, too. */
  readonly caCertificate: string;
  /** Issues client certificates: CN is the user, each O a group. */
  readonly clientAuthority: CertificateAuthority;
  /** Issued the aggregator's client certificate; a test may use it to pose as the aggregator. */
  readonly frontProxyAuthority: CertificateAuthority;
  /** The objects. Writes to it are seen by every client, as if made over HTTP. */
  readonly storage: Storage;
  /** Counters, failures and features of the request handling. */
  readonly api: ApiHandler;
  /** A kubeconfig (YAML) with a new client certificate. Default: for `kubernetes-admin`, who may do everything. */
  kubeConfigFor(user?: CertificateUser): Promise<string>;
  /** A kubeconfig (YAML) with a bearer token, which is good from now on. */
  kubeConfigWithToken(user: TokenUser): string;
  /** Tells the aggregator where a Service's port really is, since Services have no endpoints here. */
  registerBackend(service: ServiceName, address: Address): void;
  /**
   * Puts a server behind the aggregator and resolves when it answers through it. Rejects with an `ApiServiceUnavailableError`
   * if it does not in time.
   */
  registerApiService(options: RegisterApiServiceOptions): Promise<void>;
  /** Ends the server, every connection and every timer. May be called again. */
  close(): Promise<void>;
}

/** Who may do everything, and is not asked about. */
const ADMIN: CertificateUser = { name: 'kubernetes-admin', groups: [MASTERS_GROUP] };

/**
 * Starts a Kubernetes API server in this process: https with HTTP/2, all verbs of the built-in kinds, watches, discovery,
 * OpenAPI, users, and an aggregator for API servers behind it; everything in memory. Resolves when it serves.
 *
 * Not as in a real cluster: no RBAC (see `authorize`), no controllers, schedulers or kubelets (see `churn`), no admission.
 *
 * @throws {PortInUseError} (as a rejection) if somebody else listens on the port
 * @example
 * await using cluster = await fakeCluster();
 * cluster.storage.create('pods', { metadata: { name: 'web', namespace: 'default' } });
 * const kubeConfig = new KubeConfig();
 * kubeConfig.loadFromString(await cluster.kubeConfigFor());
 */
export async function fakeCluster(options: FakeClusterOptions = {}): Promise<FakeCluster> {
  const { port = 0, host = '127.0.0.1', clock = systemClock, random = Math.random, features, historyLimit } = options;
  options.signal?.throwIfAborted();
  const clientAuthority = await certificateAuthority('kubernetes');
  const frontProxyAuthority = await certificateAuthority('front-proxy-ca');
  const closing = new AbortController();
  const { signal } = closing;

  const users = knownUsers(options.users);
  const decide = authorizer(options.authorize);
  const kinds = [...coreKinds, ...reviewKinds(users, decide), ...(options.kinds ?? [])];
  const storage = newStorage({ kinds, clock, random, historyLimit });
  storage.create('configmaps', extensionAuthentication(clientAuthority.certificate, frontProxyAuthority.certificate));
  putObjects(storage, options.objects ?? []);

  const aggregating = aggregator({
    storage,
    clock,
    signal,
    clientCertificate: await frontProxyAuthority.issue({ commonName: FRONT_PROXY_NAME, usage: 'client' }),
  });
  const api = apiHandler({
    storage,
    clock,
    random,
    features,
    aggregated: aggregating.apis,
    readiness: options.readiness,
    signal,
  });
  const answer = requests({ users, decide, aggregator: aggregating, api });
  const server = await httpsServer({
    host,
    port,
    certificate: await clientAuthority.issue({ commonName: 'kube-apiserver', ...namesOf(host), usage: 'server' }),
    clientCa: clientAuthority.certificate,
    onRequest: (request, response) => void answer(request, response),
  }).catch((error: unknown) => {
    closing.abort();
    throw error;
  });
  const url = `https://${authority(host)}:${server.port}`;

  const close = async (): Promise<void> => {
    closing.abort(new Error('the cluster has been closed'));
    await server.close();
  };
  options.signal?.addEventListener('abort', () => void close(), { once: true, signal });
  if (options.signal?.aborted === true) await close();
  options.signal?.throwIfAborted();

  const common = { server: url, caCertificate: clientAuthority.certificate };
  return {
    url,
    port: server.port,
    caCertificate: clientAuthority.certificate,
    clientAuthority,
    frontProxyAuthority,
    storage,
    api,
    kubeConfigFor: async ({ name, groups } = ADMIN) => {
      const clientCertificate = await clientAuthority.issue({
        commonName: name,
        organizations: groups,
        usage: 'client',
      });
      return kubeConfig({ ...common, user: name, credential: { clientCertificate } });
    },
    kubeConfigWithToken: (user) => {
      users.add(user);
      return kubeConfig({ ...common, user: user.name, credential: { token: user.token } });
    },
    registerBackend: (service, address) => aggregating.registerBackend(service, address),
    registerApiService: async (registration) =>
      await registerApiService({ storage, aggregator: aggregating, clock, signal }, registration),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Names and addresses clients on this machine may use. */
const namesOf = (host: string): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } => {
  const dnsNames = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const ipAddresses = ['127.0.0.1', '::1'];
  return isIP(host) === 0
    ? { dnsNames: [...new Set([...dnsNames, host])], ipAddresses }
    : { dnsNames, ipAddresses: [...new Set([...ipAddresses, host])] };
};

/** The host of a URL. A server on all addresses is reached on loopback. */
const authority = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
};
