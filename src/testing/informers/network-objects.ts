/**
 * Makers of Services, EndpointSlices and Ingresses for tests, see `objects.ts`.
 * @module
 */
import { splitKey } from '../../key.ts';
import type { V1EndpointSlice, V1Ingress, V1Service } from '../../informers/wire-type.ts';
import { metadata, type ObjectFields } from './objects.ts';

export interface ServiceFields extends ObjectFields {
  readonly selector?: Readonly<Record<string, string>> | undefined;
  readonly ports?: readonly number[] | undefined;
  /** Default `ClusterIP`. */
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName' | undefined;
}

/** A Service: `service('shop/web', { selector: { app: 'web' }, ports: [80] })`. */
export function service(key: string, fields: ServiceFields = {}): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(key, fields),
    spec: {
      type: fields.type ?? 'ClusterIP',
      ...(fields.selector === undefined ? {} : { selector: { ...fields.selector } }),
      ports: (fields.ports ?? []).map((port) => ({ port })),
    },
  };
}

/** One endpoint of an EndpointSlice. */
export interface EndpointFields {
  readonly address: string;
  /** Default true. */
  readonly ready?: boolean | undefined;
  /** The value of `nodeName`. */
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
  /** The name of the pod in the namespace of the slice, for `targetRef`. */
  readonly pod?: string | undefined;
}

export interface EndpointSliceFields extends ObjectFields {
  /** The name of the Service, for the label `kubernetes.io/service-name`. */
  readonly service?: string | undefined;
  /** Default `IPv4`. */
  readonly addressType?: 'IPv4' | 'IPv6' | 'FQDN' | undefined;
  readonly endpoints?: readonly EndpointFields[] | undefined;
  readonly ports?: readonly number[] | undefined;
}

/** An EndpointSlice: `endpointSlice('shop/web-x', { service: 'web', endpoints: [{ address: '10.0.0.1' }], ports: [80] })`. */
export function endpointSlice(key: string, fields: EndpointSliceFields = {}): V1EndpointSlice {
  const { namespace } = splitKey(key);
  const { service: serviceName, addressType = 'IPv4', endpoints = [], ports = [] } = fields;
  const labels =
    serviceName === undefined ? fields.labels : { 'kubernetes.io/service-name': serviceName, ...fields.labels };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(key, { ...fields, labels }),
    addressType,
    endpoints: endpoints.map(({ address, ready = true, node, zone, pod }) => ({
      addresses: [address],
      conditions: { ready },
      ...(node === undefined ? {} : { nodeName: node }),
      ...(zone === undefined ? {} : { zone }),
      ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', namespace, name: pod } }),
    })),
    ports: ports.map((port) => ({ port })),
  };
}

/** One rule of an Ingress. */
export interface IngressRuleFields {
  /** Default: the rule matches all hosts. */
  readonly host?: string | undefined;
  /** Default `/`, of type `Prefix`. */
  readonly path?: string | undefined;
  /** The name of the Service behind the path. */
  readonly service: string;
  /** The port of the Service, by number or name. Default 80. */
  readonly port?: number | string | undefined;
}

export interface IngressFields extends ObjectFields {
  /** The value of `spec.ingressClassName`. */
  readonly className?: string | undefined;
  readonly rules?: readonly IngressRuleFields[] | undefined;
  readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[] | undefined;
}

/** An Ingress: `ingress('shop/web', { rules: [{ host: 'shop.example.com', service: 'web' }] })`. */
export function ingress(key: string, fields: IngressFields = {}): V1Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(key, fields),
    spec: {
      ...(fields.className === undefined ? {} : { ingressClassName: fields.className }),
      rules: (fields.rules ?? []).map(({ host, path = '/', service: name, port = 80 }) => ({
        ...(host === undefined ? {} : { host }),
        http: {
          paths: [
            {
              path,
              pathType: 'Prefix',
              backend: { service: { name, port: typeof port === 'number' ? { number: port } : { name: port } } },
            },
          ],
        },
      })),
      ...(fields.tls === undefined ? {} : { tls: structuredClone(fields.tls) }),
    },
  };
}
