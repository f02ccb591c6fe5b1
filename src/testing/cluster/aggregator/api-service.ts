/**
 * The APIService object as the aggregator reads it, and the resolution of its Service to an address.
 * @module
 */
import { keyOfParts } from '../../../key.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { VersionPriority } from '../http/aggregated-apis.ts';
import type { Storage } from '../storage/storage.ts';

/** The name of the resource of APIServices in storage. */
export const API_SERVICES = 'apiservices.apiregistration.k8s.io';

/** One port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** An APIService whose group version is served by another server. */
export interface ApiService extends VersionPriority {
  /** `<version>.<group>` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  /** The PEM of the authority of the server's certificate. */
  readonly caBundle: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** The availability of an APIService, as in its condition `Available`. */
export interface Availability {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** An object of kind APIService. All fields may be missing, because the object is not validated. */
export interface ApiServiceObject extends KubernetesObject {
  readonly spec?:
    | {
        readonly group?: string;
        readonly version?: string;
        readonly service?: { readonly namespace?: string; readonly name?: string; readonly port?: number } | null;
        readonly caBundle?: string | null;
        readonly insecureSkipTLSVerify?: boolean;
        readonly groupPriorityMinimum?: number;
        readonly versionPriority?: number;
      }
    | undefined;
  readonly status?:
    | {
        readonly conditions?: readonly (Availability & {
          readonly type: string;
          readonly lastTransitionTime: string;
        })[];
      }
    | undefined;
}

/**
 * Returns the parsed APIService, or undefined if it cannot be proxied: a local APIService, which has no service, or one
 * without a group.
 */
export function parseApiService({ metadata, spec = {} }: ApiServiceObject): ApiService | undefined {
  const { group, version, service, caBundle } = spec;
  const { namespace, name, port = 443 } = service ?? {};
  if (!group || !version || !namespace || !name) return undefined;
  return {
    name: metadata?.name ?? `${version}.${group}`,
    group,
    version,
    service: { namespace, name, port },
    caBundle: caBundle ? Buffer.from(caBundle, 'base64').toString('utf8') : undefined,
    insecureSkipTlsVerify: spec.insecureSkipTLSVerify ?? false,
    groupPriorityMinimum: spec.groupPriorityMinimum ?? 0,
    versionPriority: spec.versionPriority ?? 0,
  };
}

/**
 * Returns `namespace/name:port` of a Service. APIServices with the same key share connections and discovery documents.
 */
export function serviceKey({ namespace, name, port }: ServicePort): string {
  return `${namespace}/${name}:${port}`;
}

/** The address of a server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port of a Service; all ports of the Service if `port` is omitted. */
export type ServiceName = Omit<ServicePort, 'port'> & { readonly port?: number | undefined };

/**
 * Resolves Services to addresses. There is no service network: backends are registered, or named by an ExternalName
 * Service.
 */
export interface ServiceResolver {
  /** Registers the address of a Service's port. The Service object is not required. */
  register(service: ServiceName, address: Address): void;
  /** Returns the address, or the reason why the Service has no address. */
  resolve(service: ServicePort): Address | Availability;
}

export function isAddress(found: Address | Availability): found is Address {
  return 'host' in found;
}

/** Returns a resolver. It reads the Services in storage. */
export function serviceResolver(storage: Pick<Storage, 'get'>): ServiceResolver {
  const registered = new Map<string, Address>();
  const key = ({ namespace, name, port }: ServiceName): string => `${namespace}/${name}:${port ?? '*'}`;
  return {
    register: (service, address) => {
      registered.set(key(service), address);
    },
    resolve: (service) => {
      const { namespace, name, port } = service;
      const known = registered.get(key(service)) ?? registered.get(key({ namespace, name }));
      if (known !== undefined) return known;
      const object = storage.get('services', keyOfParts(namespace, name));
      if (object === undefined)
        return unavailable('ServiceNotFound', `service/${name} in "${namespace}" is not present`);
      const { type, externalName, ports = [] } = (object['spec'] ?? {}) as ServiceSpec;
      if (type === 'ExternalName' && externalName !== undefined) return { host: externalName, port };
      if (!ports.some((one) => one.port === port))
        return unavailable('ServicePortError', `service/${name} in "${namespace}" is not listening on port ${port}`);
      return unavailable(
        'MissingEndpoints',
        `endpoints for service/${name} in "${namespace}" have no addresses with port name "${ports[0]?.name ?? ''}"`,
      );
    },
  };
}

interface ServiceSpec {
  readonly type?: string;
  readonly externalName?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
}

const unavailable = (reason: string, message: string): Availability => ({ status: 'False', reason, message });
