/**
 * Services, ConfigMaps, Secrets and Events for tests, see `objects.ts`.
 * @module
 */
import type { V1ConfigMap, V1Event, V1Secret, V1Service } from '../../informers/wire-type.ts';
import { CREATED, metadata, type ObjectFields } from './objects.ts';

export interface ServiceFields extends ObjectFields {
  readonly selector?: Readonly<Record<string, string>> | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName' | undefined;
}

/** A service: `service('shop/web', { selector: { app: 'web' }, ports: [80] })`. */
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

/** A ConfigMap: `configMap('shop/settings', { colour: 'blue' })`. */
export function configMap(
  key: string,
  data: Readonly<Record<string, string>> = {},
  fields: ObjectFields = {},
): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(key, fields), data: { ...data } };
}

/** A Secret; `data` is given in the clear. */
export function secret(key: string, data: Readonly<Record<string, string>> = {}, fields: ObjectFields = {}): V1Secret {
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')] as const);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(key, fields),
    type: 'Opaque',
    data: Object.fromEntries(encoded),
  };
}

export interface EventFields extends ObjectFields {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly type?: 'Normal' | 'Warning' | undefined;
  readonly count?: number | undefined;
  readonly lastTimestamp?: string | undefined;
}

/** An Event about an object: `event('shop/web.1', pod('shop/web'), { reason: 'BackOff', type: 'Warning' })`. */
export function event(
  key: string,
  about: {
    readonly apiVersion?: string | undefined;
    readonly kind?: string | undefined;
    readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly uid?: string } | undefined;
  },
  fields: EventFields = {},
): V1Event {
  const timestamp = fields.lastTimestamp ?? CREATED;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: metadata(key, fields),
    involvedObject: {
      ...(about.apiVersion === undefined ? {} : { apiVersion: about.apiVersion }),
      ...(about.kind === undefined ? {} : { kind: about.kind }),
      ...(about.metadata?.name === undefined ? {} : { name: about.metadata.name }),
      ...(about.metadata?.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      ...(about.metadata?.uid === undefined ? {} : { uid: about.metadata.uid }),
    },
    reason: fields.reason ?? 'Tested',
    message: fields.message ?? '',
    type: fields.type ?? 'Normal',
    count: fields.count ?? 1,
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
  };
}
