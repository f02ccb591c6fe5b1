/**
 * Starts a complete fake cluster: an API server on HTTPS with an aggregator, whose parts the other files of this folder
 * provide.
 * @module
 */
import { isIP } from 'node:net';
import type { KubernetesObject } from '../../server/wire/object.ts';
import { aggregator } from './aggregator/aggregator.ts';
import type { Address, ServiceName } from './aggregator/api-service.ts';
import { apiHandler, type ApiHandler, type Features } from './http/api-handler.ts';
import { authorizer, type Authorize } from './access/authorization.ts';
import { certificateAuthority, type CertificateAuthority } from '../../certificates.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { coreKinds } from './kinds/core-kinds.ts';
import { extensionAuthentication, FRONT_PROXY_NAME } from './aggregator/proxy-request.ts';
import { httpsServer } from './https-server.ts';
import { kubeConfig } from './kube-config.ts';
import { putObjects } from './objects/put-objects.ts';
import { registerApiService, type RegisterApiServiceOptions } from './aggregator/register-api-service.ts';
import { requests } from './requests.ts';
import type { ResourceKind } from './kinds/resource-kind.ts';
import { reviewKinds } from './access/reviews.ts';
import type { Readiness } from './http/server-routes.ts';
import { storage as newStorage, type Storage } from './storage/storage.ts';
import { MASTERS_GROUP, users as knownUsers, type TokenUser } from './access/users.ts';

export interface FakeClusterOptions {
  /** The port. Default 0: a free one. */
  readonly port?: number | undefined;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Kinds to serve in addition to the built-in ones, such as custom resources. */
  readonly kinds?: readonly ResourceKind[] | undefined;
  /** The features of the API server, for tests of clients against older servers. */
  readonly features?: Partial<Features> | undefined;
  /** The initial objects. `putObjects` stores them without changes. */
  readonly objects?: Iterable<KubernetesObject> | undefined;
  /** Users with bearer tokens. Users with client certificates are not listed. */
  readonly users?: Iterable<TokenUser> | undefined;
  /** Decides which requests are allowed. Default: all requests of authenticated users. There is no RBAC. */
  readonly authorize?: Authorize | undefined;
  /** Further checks of `/readyz` by name. Each returns a problem, or undefined. Default: none. */
  readonly readiness?: Readiness | undefined;
  /**
   * The clock for times and timers. Default: the system clock. The dates of certificates always come from the system
   * clock.
   */
  readonly clock?: Clock | undefined;
  /** A function that returns numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The revision before the first write. Some clusters have high ones: microseconds, or the timestamps of TiKV. Default 1000. */
  readonly revision?: number | undefined;
  /** The maximum number of events in the log of each resource. Default: that of `storage`. */
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
  /** The URL of the server, such as `https://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** The PEM of the certificate authority of the server. It also signs client certificates. */
  readonly caCertificate: string;
  /** Issues client certificates. The CN is the user, each O is a group. */
  readonly clientAuthority: CertificateAuthority;
  /** The authority that issued the client certificate of the aggregator. With it, a test can act as the aggregator. */
  readonly frontProxyAuthority: CertificateAuthority;
  /** The objects. A write to the storage has the same effects as a write over HTTP. */
  readonly storage: Storage;
  /** The request log, failure injection and features of the API server. */
  readonly api: ApiHandler;
  /**
   * Returns a kubeconfig (YAML) with a new client certificate. Default: for `kubernetes-admin`, a user without
   * restrictions.
   */
  kubeConfigFor(user?: CertificateUser): Promise<string>;
  /** Returns a kubeconfig (YAML) with a bearer token, which is valid from now on. */
  kubeConfigWithToken(user: TokenUser): string;
  /** Registers the address of a Service's port with the aggregator, because Services have no endpoints here. */
  registerBackend(service: ServiceName, address: Address): void;
  /**
   * Registers a server with the aggregator and resolves when the server responds through it.
   * @throws ApiServiceUnavailableError if the server is not available within the timeout
   */
  registerApiService(options: RegisterApiServiceOptions): Promise<void>;
  /** Stops the server with all its connections and timers. Further calls have no effect. */
  close(): Promise<void>;
}

/** A user without restrictions; the authorizer is not called for it. */
const UNRESTRICTED: CertificateUser = { name: 'kubernetes-admin', groups: [MASTERS_GROUP] };

/**
 * Starts a Kubernetes API server in this process: HTTPS with HTTP/2, all verbs of the built-in kinds, watches,
 * discovery, OpenAPI, users, and an aggregator for other API servers. All state is in memory. Resolves when the server
 * accepts requests.
 *
 * It differs from a real cluster: there is no RBAC (see `authorize`), there are no controllers, schedulers or kubelets
 * (see `churn`), and there is no admission.
 * @throws PortInUseError if another process listens on the port
 * @example
 * await using cluster = await fakeCluster();
 * cluster.storage.create('pods', { metadata: { name: 'web', namespace: 'default' } });
 * const kubeConfig = new KubeConfig();
 * kubeConfig.loadFromString(await cluster.kubeConfigFor());
 */
export async function fakeCluster(options: FakeClusterOptions = {}): Promise<FakeCluster> {
  const {
    port = 0,
    host = '127.0.0.1',
    clock = systemClock,
    random = Math.random,
    features,
    historyLimit,
    revision,
  } = options;
  options.signal?.throwIfAborted();
  const clientAuthority = await certificateAuthority('kubernetes');
  const frontProxyAuthority = await certificateAuthority('front-proxy-ca');
  const closing = new AbortController();
  const { signal } = closing;

  const users = knownUsers(options.users);
  const decide = authorizer(options.authorize);
  const kinds = [...coreKinds, ...reviewKinds(users, decide), ...(options.kinds ?? [])];
  const storage = newStorage({ kinds, clock, random, historyLimit, revision });
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
  const handle = requests({ users, decide, aggregator: aggregating, api });
  const server = await httpsServer({
    host,
    port,
    certificate: await clientAuthority.issue({ commonName: 'kube-apiserver', ...namesOf(host), usage: 'server' }),
    clientCa: clientAuthority.certificate,
    onRequest: (request, response) => void handle(request, response),
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
    kubeConfigFor: async ({ name, groups } = UNRESTRICTED) => {
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

/** Returns the names and addresses by which clients on this machine reach the server. */
const namesOf = (host: string): { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] } => {
  const dnsNames = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const ipAddresses = ['127.0.0.1', '::1'];
  return isIP(host) === 0
    ? { dnsNames: [...new Set([...dnsNames, host])], ipAddresses }
    : { dnsNames, ipAddresses: [...new Set([...ipAddresses, host])] };
};

/** Returns the host of the URL. A server that listens on all addresses is reached on loopback. */
const authority = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
};
