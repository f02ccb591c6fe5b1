/**
 * Registers another API server with the cluster, as an installation does: it writes a Service and an APIService and
 * waits until the aggregator reaches the server.
 * @module
 */
import { keyOfParts } from '../../../key.ts';
import { LinkedAbort, onAbort } from '../../../abort.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { type Address, API_SERVICES, type ApiServiceObject, parseApiService, type ServicePort } from './api-service.ts';
import type { Aggregator } from './aggregator.ts';
import { conditionOf, isAvailable } from './availability-controller.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';

/** The port of a Service to which aggregated servers listen by convention. */
const DEFAULT_PORT = 443;

/** A group version that another server on this machine serves. */
export interface RegisterApiServiceOptions {
  readonly group: string;
  readonly version: string;
  /** The port on which the server listens. */
  readonly port: number;
  /** The host on which the server listens. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * The Service of the server. Its certificate must be for `<name>.<namespace>.svc`. If servers on different addresses
   * have the same Service, each gets its own port of the Service. Default: `kubefacet` in the namespace `kubefacet`.
   */
  readonly service?: { readonly name: string; readonly namespace: string } | undefined;
  /** The PEM of the authority of the server's certificate. If it is omitted, the certificate is not verified. */
  readonly caBundle?: string | undefined;
  /** Default 1000. */
  readonly groupPriorityMinimum?: number | undefined;
  /** Default 15. */
  readonly versionPriority?: number | undefined;
  /** The timeout in milliseconds for the server to become available. Default 10,000. */
  readonly timeout?: number | undefined;
}

/** A registered server did not become available within the timeout. The registration stays. */
export class ApiServiceUnavailableError extends Error {
  constructor(name: string, timeout: number, why: string) {
    super(`APIService ${name} is not available after ${timeout / 1000} s: ${why}`);
    this.name = 'ApiServiceUnavailableError';
  }
}

/** The parts of the cluster with which a server is registered. */
export interface Registry {
  readonly storage: Storage;
  readonly aggregator: Aggregator;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Writes the namespace, the Service and the APIService. Resolves when the server responds through the aggregator and is in
 * discovery. A second registration of the same group version replaces the first.
 * @throws ApiServiceUnavailableError if the server is not available within the timeout
 */
export async function registerApiService(registry: Registry, options: RegisterApiServiceOptions): Promise<void> {
  const { storage, aggregator, clock, signal } = registry;
  const { group, version, port, host = '127.0.0.1', timeout = 10_000 } = options;
  const { service = { name: 'kubefacet', namespace: 'kubefacet' } } = options;
  const name = `${version}.${group}`;
  if (storage.get('namespaces', service.namespace) === undefined)
    storage.create('namespaces', { metadata: { name: service.namespace } });
  const ports = portsOf(registry, service);
  const servicePort = servicePortFor({ host, port }, ports, name);
  const targets = new Map(ports.filter(isUsedByOthers(name)).map((one) => [one.port, one.address?.port ?? one.port]));
  targets.set(servicePort, port);
  put(storage, 'services', keyOfParts(service.namespace, service.name), serviceObject(service, targets));
  aggregator.registerBackend({ ...service, port: servicePort }, { host, port });
  // The update drops the status, because it may not be true of the new server.
  put(storage, API_SERVICES, name, apiServiceObject(name, { ...service, port: servicePort }, options));
  aggregator.check(name);

  const waiting = new LinkedAbort(signal);
  const cancelTimer = clock.schedule(timeout, () =>
    waiting.abort(
      new ApiServiceUnavailableError(
        name,
        timeout,
        conditionOf(storage.get(API_SERVICES, name))?.message ?? 'the aggregator has not checked it yet',
      ),
    ),
  );
  try {
    await untilAvailable(storage, name, waiting.signal);
    await aggregator.discovered(name, waiting.signal);
  } finally {
    cancelTimer();
    waiting.abort();
  }
}

/** A port of a Service that APIServices use, with the address behind it. */
interface UsedPort {
  readonly port: number;
  readonly address: Address | undefined;
  readonly users: readonly string[];
}

/** Returns the ports of a Service that APIServices use, in ascending order. */
const portsOf = ({ storage, aggregator }: Registry, service: Omit<ServicePort, 'port'>): UsedPort[] => {
  const users = new Map<number, string[]>();
  for (const object of storage.list(API_SERVICES)) {
    const parsed = parseApiService(object);
    if (parsed?.service.namespace !== service.namespace || parsed.service.name !== service.name) continue;
    users.set(parsed.service.port, [...(users.get(parsed.service.port) ?? []), object.metadata?.name ?? '']);
  }
  return [...users]
    .toSorted(([a], [b]) => a - b)
    .map(([port, names]) => ({ port, address: aggregator.addressOf({ ...service, port }), users: names }));
};

const isUsedByOthers =
  (name: string) =>
  ({ users }: UsedPort): boolean =>
    users.some((user) => user !== name);

/**
 * Returns the port of the Service for an address: the one that has this address already, the one that only this APIService
 * uses, or the first free one from 443.
 */
const servicePortFor = (address: Address, ports: readonly UsedPort[], name: string): number => {
  const same = ports.find((one) => one.address?.host === address.host && one.address.port === address.port);
  if (same !== undefined) return same.port;
  const taken = new Set(ports.filter(isUsedByOthers(name)).map(({ port }) => port));
  const own = ports.find(({ port, users }) => users.includes(name) && !taken.has(port));
  if (own !== undefined) return own.port;
  let free = DEFAULT_PORT;
  while (taken.has(free)) free += 1;
  return free;
};

const put = (storage: Storage, resource: string, key: string, object: KubernetesObject): void => {
  if (storage.get(resource, key) === undefined) storage.create(resource, object);
  else storage.update(resource, object);
};

const serviceObject = (
  { name, namespace }: { readonly name: string; readonly namespace: string },
  targets: ReadonlyMap<number, number>,
): KubernetesObject & { readonly spec: object } => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: {
    type: 'ClusterIP',
    ports: [...targets].map(([port, targetPort]) => ({
      name: port === DEFAULT_PORT ? 'https' : `https-${port}`,
      protocol: 'TCP',
      port,
      targetPort,
    })),
  },
});

const apiServiceObject = (
  name: string,
  service: ServicePort,
  { group, version, caBundle, groupPriorityMinimum = 1000, versionPriority = 15 }: RegisterApiServiceOptions,
): ApiServiceObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name },
  spec: {
    group,
    version,
    groupPriorityMinimum,
    versionPriority,
    service: { ...service },
    ...(caBundle === undefined
      ? { insecureSkipTLSVerify: true }
      : { caBundle: Buffer.from(caBundle).toString('base64') }),
  },
});

const untilAvailable = async (storage: Storage, name: string, signal: AbortSignal): Promise<void> =>
  await new Promise((resolve, reject) => {
    const check = (): void => {
      if (isAvailable(storage, name)) resolve();
    };
    onAbort(signal, () => reject(signal.reason));
    storage.subscribe(check, signal);
    check();
  });
