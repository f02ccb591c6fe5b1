/**
 * The objects that register a server: its APIServices, and the Services that they name.
 * @module
 */
import type { V1APIService } from '../../informers/index.ts';
import type { ApiParts } from '../../server/define/api-definition.ts';

/** A namespace and a name. */
export interface QualifiedName {
  readonly namespace: string;
  readonly name: string;
}

/** A group version of the module, with its APIService. */
export interface RegisteredApi {
  readonly api: ApiParts;
  /** The name of the APIService: `v1.example.com`. */
  readonly name: string;
  readonly object: V1APIService;
  readonly service: QualifiedName & { readonly port: number };
}

/** Returns the name of the APIService of a group version. */
export function apiServiceName({ group, version }: ApiParts): string {
  return `${version}.${group}`;
}

/** Returns the key of a Service. */
export function qualifiedName({ namespace, name }: QualifiedName): string {
  return `${namespace}/${name}`;
}

/** Returns the path of a Service. */
export function servicePath({ namespace, name }: QualifiedName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
}

/** Returns the name for which the kube-apiserver verifies the certificate of a Service. */
export function serverNameOf({ namespace, name }: QualifiedName): string {
  return `${name}.${namespace}.svc`;
}

/** Returns one registration for each Service and port, because checks of the server are the same for all of its group versions. */
export function byServicePort(registrations: readonly RegisteredApi[]): RegisteredApi[] {
  const byPort = new Map(registrations.map((one) => [`${qualifiedName(one.service)}:${one.service.port}`, one]));
  return Array.from(byPort.values());
}
