import type { Storage } from '../storage.ts';
import type { Availability, ServicePort } from './api-service.ts';

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
