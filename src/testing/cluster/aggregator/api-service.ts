import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { VersionPriority } from '../aggregated-apis.ts';

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
