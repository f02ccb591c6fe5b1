/**
 * The aggregator of a fake cluster. It keeps a connection, an availability controller and the documents of each
 * registered API server, and routes requests to them.
 * @module
 */
import { keyOfParts } from '../../../key.ts';
import { isDeepStrictEqual } from 'node:util';
import type { AggregatedApis } from '../http/aggregated-apis.ts';
import type { CertificateAndKey } from '../../../certificates.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';
import type { UserInfo } from '../access/users.ts';
import { aggregatedDocuments } from './aggregated-documents.ts';
import {
  API_SERVICES,
  isAddress,
  parseApiService,
  serviceKey,
  serviceResolver,
  type Address,
  type ApiService,
  type ApiServiceObject,
  type ServiceName,
  type ServicePort,
} from './api-service.ts';
import {
  availabilityController,
  isAvailable,
  setAvailability,
  type AvailabilityController,
} from './availability-controller.ts';
import { backendConnection, type BackendConnection, type BackendTarget } from './backend-connection.ts';
import { backend, type Backend } from './backend.ts';
import { proxy, sendProxyText, type ClientRequest, type ClientResponse } from './proxy.ts';

export interface AggregatorOptions {
  readonly storage: Storage;
  /** The client certificate for backends. Backends trust its authority, which is in `requestheader-client-ca-file`. */
  readonly clientCertificate: CertificateAndKey;
  readonly clock: Clock;
  /** Stops all polling and aborts all proxied requests. */
  readonly signal: AbortSignal;
}

/**
 * Plays the role of kube-aggregator. It proxies the group versions of the APIServices in storage to the servers behind
 * them, checks their availability, and adds their discovery and OpenAPI documents to those of the cluster.
 *
 * It differs from a real cluster: Services have no endpoints, so a backend is registered or named by an ExternalName
 * Service. Upgraded connections (WebSocket, SPDY) are not proxied. There are no APIService objects for the cluster's
 * own versions. The OpenAPI v3 of a backend that has only v2 is not generated.
 */
export interface Aggregator {
  readonly apis: AggregatedApis;
  /** Registers the address of a Service's port. */
  registerBackend(service: ServiceName, address: Address): void;
  /** Returns the address of a Service's port, or undefined if it has none. */
  addressOf(service: ServicePort): Address | undefined;
  /** Checks the availability of the server behind an APIService now. */
  check(apiService: string): void;
  /**
   * Resolves when discovery of the server behind an APIService has been read after this call. Rejects with the reason
   * of the signal when it aborts.
   */
  discovered(apiService: string, signal: AbortSignal): Promise<void>;
  /** Returns the name of the APIService that serves a path, or undefined if the cluster serves it. */
  route(path: string): string | undefined;
  /** Proxies a request to the server behind the APIService. Never rejects. */
  proxy(apiService: string, request: ClientRequest, response: ClientResponse, user: UserInfo): Promise<void>;
}

interface Registered {
  readonly apiService: ApiService;
  readonly backend: Backend;
  readonly availability: AvailabilityController;
}

/** Starts the aggregator. It follows the APIServices and Services in storage until the signal aborts. */
export function aggregator({ storage, clientCertificate, clock, signal }: AggregatorOptions): Aggregator {
  const resolver = serviceResolver(storage);
  const registered = new Map<string, Registered>();
  const byGroupVersion = new Map<string, string>();
  const backends = new Map<string, Backend>();
  const connections = new Map<string, BackendConnection>();

  /** Returns the connection target of an APIService, or undefined if its Service has no address. */
  const targetOf = ({ service, caBundle, insecureSkipTlsVerify }: ApiService): BackendTarget | undefined => {
    const address = resolver.resolve(service);
    if (!isAddress(address)) return undefined;
    const servername = `${service.name}.${service.namespace}.svc`;
    return { ...address, servername, ca: caBundle, insecureSkipTlsVerify, clientCertificate };
  };

  const connectionTo = (apiService: ApiService): BackendConnection => {
    const target = targetOf(apiService);
    if (target === undefined)
      throw new Error(`the Service ${serviceKey(apiService.service)} has no address. Register a backend for it`);
    const key = connectionKey(target);
    const known = connections.get(key);
    if (known !== undefined) return known;
    const connection = backendConnection(target);
    connections.set(key, connection);
    return connection;
  };

  /** Retires the connections that no APIService uses any longer. Requests in progress on them are completed. */
  const retireConnections = (): void => {
    const used = new Set<string>();
    for (const { apiService } of registered.values()) {
      const target = targetOf(apiService);
      if (target !== undefined) used.add(connectionKey(target));
    }
    for (const [key, connection] of connections) {
      if (used.has(key)) continue;
      connections.delete(key);
      connection.retire();
    }
  };

  const servedBy = (key: string): readonly ApiService[] =>
    [...registered.values()].map((one) => one.apiService).filter(({ service }) => serviceKey(service) === key);

  const backendOf = (key: string): Backend => {
    const known = backends.get(key);
    if (known !== undefined) return known;
    const created = backend({
      registered: () => servedBy(key),
      connection: () => {
        const [first] = servedBy(key);
        if (first === undefined) throw new Error(`no APIService uses the Service ${key}`);
        return connectionTo(first);
      },
      clock,
      signal,
    });
    backends.set(key, created);
    return created;
  };

  const remove = (name: string): void => {
    const known = registered.get(name);
    if (known === undefined) return;
    known.availability.stop();
    registered.delete(name);
    byGroupVersion.delete(groupVersionOf(known.apiService));
    const key = serviceKey(known.apiService.service);
    if (servedBy(key).length > 0) return;
    known.backend.stop();
    backends.delete(key);
  };

  const put = (object: ApiServiceObject): void => {
    const name = object.metadata?.name ?? '';
    const apiService = parseApiService(object);
    if (isDeepStrictEqual(registered.get(name)?.apiService, apiService) && apiService !== undefined) return;
    remove(name);
    if (apiService === undefined) {
      setAvailability(storage, name, LOCAL, clock.now());
      return;
    }
    const served = backendOf(serviceKey(apiService.service));
    const availability = availabilityController({
      apiService,
      storage,
      resolver,
      connection: () => connectionTo(apiService),
      clock,
      signal,
      onAvailable: () => served.refresh(),
    });
    registered.set(name, { apiService, backend: served, availability });
    byGroupVersion.set(groupVersionOf(apiService), name);
    availability.check();
    served.refresh();
  };

  const checkServicesOf = (isChanged: (service: ApiService['service']) => boolean): void => {
    for (const { apiService, availability } of registered.values())
      if (isChanged(apiService.service)) availability.check();
  };

  storage.subscribe((events) => {
    for (const { type, resource, key, object } of events) {
      if (resource === API_SERVICES && type === 'DELETED') remove(key);
      else if (resource === API_SERVICES) put(object);
      else if (resource === 'services') checkServicesOf(({ namespace, name }) => key === keyOfParts(namespace, name));
      else continue;
      retireConnections();
    }
  }, signal);
  for (const object of storage.list(API_SERVICES)) put(object);

  signal.addEventListener(
    'abort',
    () => {
      for (const name of registered.keys()) remove(name);
      for (const connection of connections.values()) connection.close();
    },
    { once: true },
  );

  return {
    apis: aggregatedDocuments(() => [...registered.values()]),
    registerBackend: (service, address) => {
      resolver.register(service, address);
      retireConnections();
      checkServicesOf(({ namespace, name }) => namespace === service.namespace && name === service.name);
    },
    addressOf: (service) => {
      const address = resolver.resolve(service);
      return isAddress(address) ? address : undefined;
    },
    check: (name) => registered.get(name)?.availability.check(),
    discovered: async (name, until) => await registered.get(name)?.backend.discovered(until),
    route: (path) => {
      const [, group, version] = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path) ?? [];
      if (group === undefined || version === undefined) return undefined;
      const name = byGroupVersion.get(`${group}/${version}`);
      if (name === undefined || !path.startsWith('/openapi/')) return name;
      // Only the documents that the backend lists are proxied.
      return registered.get(name)?.backend.openApiV3()[`apis/${group}/${version}`] === undefined ? undefined : name;
    },
    proxy: async (name, request, response, user) => {
      const apiService = registered.get(name)?.apiService;
      if (apiService === undefined || !isAvailable(storage, name) || !isAddress(resolver.resolve(apiService.service))) {
        sendProxyText(response, 503, 'service unavailable\n');
        return;
      }
      await proxy(request, response, user, connectionTo(apiService));
    },
  };
}

const LOCAL = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' } as const;

/** Returns the key of a connection. Requests with the same address, server name and trust share connections. */
const connectionKey = ({ host, port, servername, ca, insecureSkipTlsVerify }: BackendTarget): string =>
  JSON.stringify([host, port, servername, ca, insecureSkipTlsVerify]);

const groupVersionOf = ({ group, version }: ApiService): string => `${group}/${version}`;
