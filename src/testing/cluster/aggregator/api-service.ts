import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { VersionPriority } from '../aggregated-apis.ts';
import type { Storage } from '../storage.ts';

/** The resource of APIServices, as storage names it. */
export const API_SERVICES = 'apiservices.apiregistration.k8s.io';

/** One port of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** An APIService whose group version another server serves. */
export interface ApiService extends VersionPriority {
  /** `<version>.<group>` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: ServicePort;
  /** PEM. */
  readonly caBundle: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
}

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** Whether an APIService can be used, as its condition `Available` says. */
export interface Availability {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** An object of kind APIService; everything may be missing, since nothing validates it. */
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

/** Undefined for what is no use to a proxy: a local APIService, which names no service, or one that lacks its group. */
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

/** `namespace/name:port`: which requests share connections and discovery documents. */
export function serviceKey({ namespace, name, port }: ServicePort): string {
  return `${namespace}/${name}:${port}`;
}

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port of a Service; without a number, every port. */
export type ServiceName = Omit<ServicePort, 'port'> & { readonly port?: number | undefined };

/** Finds what is behind a Service. There is no network of services: backends are registered, or named by ExternalName. */
export interface ServiceResolver {
  /** Tells where a Service's port is. Needs no Service object. */
  register(service: ServiceName, address: Address): void;
  /** The address, or why there is none. */
  resolve(service: ServicePort): Address | Availability;
}

export function isAddress(found: Address | Availability): found is Address {
  return 'host' in found;
}

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
      const object = storage.get('services', `${namespace}/${name}`);
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
