/**
 * The `caBundle` of the APIServices of a server.
 * @module
 */
import type { V1APIService } from '../../informers/index.ts';
import type { SharedObjects } from './shared-objects.ts';

/** The Service of the server. */
export interface OwnService {
  readonly namespace: string;
  readonly name: string;
}

/** An APIService as it was read. */
export interface ReadApiService {
  readonly name: string;
  /** Undefined if it does not exist. */
  readonly object: V1APIService | undefined;
}

/** The state of an APIService after an attempt to correct it. */
export type TrustState = 'trusts' | 'corrected' | 'conflict' | 'missing' | 'of another Service';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

/** Reads APIServices by name. */
export function readApiServices(objects: SharedObjects, names: readonly string[]): Promise<ReadApiService[]> {
  return Promise.all(names.map(async (name) => ({ name, object: await objects.get<V1APIService>(pathOf(name)) })));
}

/**
 * Makes an APIService trust a bundle. The write fails if the APIService has changed since it was read. So a replica that was suspended
 * cannot replace a newer bundle by an older one, provided that it has read the APIService before the bundle.
 * @param bundle PEM
 */
export async function trust(
  objects: SharedObjects,
  { name, object }: ReadApiService,
  { namespace, name: serviceName }: OwnService,
  bundle: string,
): Promise<TrustState> {
  if (object === undefined) return 'missing';
  const { service, caBundle } = object.spec ?? {};
  if (service?.namespace !== namespace || service.name !== serviceName) return 'of another Service';
  if (isSameBundle(decoded(caBundle), bundle)) return 'trusts';
  const resourceVersion = object.metadata?.resourceVersion;
  const patch = { metadata: { resourceVersion }, spec: { caBundle: Buffer.from(bundle).toString('base64') } };
  return (await objects.patch(pathOf(name), patch)).type === 'conflict' ? 'conflict' : 'corrected';
}

function pathOf(name: string): string {
  return `${API_SERVICES}/${encodeURIComponent(name)}`;
}

function decoded(caBundle: string | undefined): string {
  return Buffer.from(caBundle ?? '', 'base64').toString();
}

/** Whether two bundles have the same certificates in the same order. Line breaks do not matter. */
function isSameBundle(one: string, other: string): boolean {
  return one.replaceAll(/\s+/g, '') === other.replaceAll(/\s+/g, '');
}
