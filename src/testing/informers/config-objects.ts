/**
 * Makers of ConfigMaps and Secrets for tests, see `objects.ts`.
 * @module
 */
import type { V1ConfigMap, V1Secret } from '../../informers/wire-type.ts';
import { metadata, type ObjectFields } from './objects.ts';

/** A ConfigMap: `configMap('shop/settings', { colour: 'blue' })`. */
export function configMap(
  key: string,
  data: Readonly<Record<string, string>> = {},
  fields: ObjectFields = {},
): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(key, fields), data: { ...data } };
}

/** A Secret. `data` is plain text; the maker encodes it as base64: `secret('shop/login', { user: 'ann' })`. */
export function secret(key: string, data: Readonly<Record<string, string>> = {}, fields: ObjectFields = {}): V1Secret {
  return secretOfType('Opaque', key, data, fields);
}

export interface TlsSecretFields extends ObjectFields {
  /** The certificate chain in PEM, for `tls.crt`. Default empty. */
  readonly certificate?: string | undefined;
  /** The private key in PEM, for `tls.key`. Default empty. */
  readonly privateKey?: string | undefined;
}

/** A Secret of type `kubernetes.io/tls`: `tlsSecret('shop/web-tls', { certificate: pem })`. */
export function tlsSecret(key: string, fields: TlsSecretFields = {}): V1Secret {
  const { certificate = '', privateKey = '' } = fields;
  return secretOfType('kubernetes.io/tls', key, { 'tls.crt': certificate, 'tls.key': privateKey }, fields);
}

function secretOfType(
  type: string,
  key: string,
  data: Readonly<Record<string, string>>,
  fields: ObjectFields,
): V1Secret {
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')] as const);
  return { apiVersion: 'v1', kind: 'Secret', metadata: metadata(key, fields), type, data: Object.fromEntries(encoded) };
}
