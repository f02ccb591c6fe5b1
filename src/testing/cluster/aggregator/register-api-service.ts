/**
 * Registers another API server with the cluster, as an installation does: it writes a Service and an APIService and
 * waits until the aggregator reaches the server.
 * @module
 */
import { keyOfParts } from '../../../key.ts';
import { LinkedAbort, onAbort } from '../../../abort.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { API_SERVICES, type ApiServiceObject } from './api-service.ts';
import type { Aggregator } from './aggregator.ts';
import { conditionOf, isAvailable } from './availability-controller.ts';
import type { Clock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';

/** A group version that another server on this machine serves. */
export interface RegisterApiServiceOptions {
  readonly group: string;
  readonly version: string;
  /** The port on which the server listens. */
  readonly port: number;
  /** The host on which the server listens. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * The Service of the server. Its certificate must be for `<name>.<namespace>.svc`. Default: `kubefacet` in the
   * namespace `kubefacet`.
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
  put(storage, 'services', keyOfParts(service.namespace, service.name), serviceObject(service, port));
  aggregator.registerBackend(service, { host, port });
  // The update drops the status, because it may not be true of the new server.
  put(storage, API_SERVICES, name, apiServiceObject(name, service, options));
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

const put = (storage: Storage, resource: string, key: string, object: KubernetesObject): void => {
  if (storage.get(resource, key) === undefined) storage.create(resource, object);
  else storage.update(resource, object);
};

const serviceObject = (
  { name, namespace }: { readonly name: string; readonly namespace: string },
  port: number,
): KubernetesObject & { readonly spec: object } => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { type: 'ClusterIP', ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }] },
});

const apiServiceObject = (
  name: string,
  service: { readonly name: string; readonly namespace: string },
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
    service: { ...service, port: 443 },
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
