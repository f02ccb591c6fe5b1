/**
 * The contents of a namespace that are not part of an installation, and the APIs because of which its deletion would not end.
 * @module
 */
import { UpstreamApiError } from '../../informers/index.ts';
import type { ClusterObjects, ReadFields } from './cluster-objects.ts';

/** The contents of a namespace. */
export interface NamespaceContents {
  /** Objects that no installation contains, as `configmaps/settings`; at most {@link MAX_NAMES}. */
  readonly foreign: readonly string[];
  /** The group versions whose discovery fails, with the messages. The namespace controller needs the discovery of all. */
  readonly failing: readonly string[];
}

/** Options of {@link namespaceContents}. */
export interface NamespaceContentsOptions {
  readonly namespace: string;
  /** The group versions of the server, which are not read. */
  readonly ownApis: ReadonlySet<string>;
  /** Whether an object belongs to the installation. */
  readonly isInstalled: (resource: string, object: ReadFields) => boolean;
}

interface GroupList {
  readonly groups?: readonly {
    readonly versions?: readonly { readonly groupVersion: string }[];
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface ObjectPage {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly ReadFields[];
}

/** The number of objects that a message names. */
const MAX_NAMES = 3;
const PAGE = 500;
/** Objects that the cluster creates by itself for others. */
const DERIVED_RESOURCES: ReadonlySet<string> = new Set(['events', 'endpoints', 'endpointslices']);
/** Objects that the cluster creates in each namespace. */
const IN_EACH_NAMESPACE: ReadonlySet<string> = new Set([
  'configmaps/kube-root-ca.crt',
  'configmaps/openshift-service-ca.crt',
  'serviceaccounts/default',
]);

/** Reads all resources of a namespace whose objects can be deleted. Rows of projections and metrics are none. */
export async function namespaceContents(
  cluster: ClusterObjects,
  options: NamespaceContentsOptions,
): Promise<NamespaceContents> {
  const foreign: string[] = [];
  const failing: string[] = [];
  for (const root of await groupVersionPaths(cluster, options.ownApis)) {
    let resources;
    try {
      ({ resources = [] } = await cluster.transport.get<ResourceList>(root, { signal: cluster.signal }));
    } catch (error) {
      if (!(error instanceof UpstreamApiError)) throw error;
      failing.push(`${root.replace(/^\/apis\//, '')} (${error.message.split('\n')[0]})`);
      continue;
    }
    for (const { name, namespaced, verbs } of resources) {
      const isContent = namespaced && !name.includes('/') && verbs.includes('list') && verbs.includes('delete');
      if (!isContent || DERIVED_RESOURCES.has(name)) continue;
      const path = `${root}/namespaces/${encodeURIComponent(options.namespace)}/${name}`;
      await addForeign(cluster, path, name, options.isInstalled, foreign);
      if (foreign.length === MAX_NAMES) return { foreign, failing };
    }
  }
  return { foreign, failing };
}

/** Returns the paths of the core group and of the preferred version of each other group. */
async function groupVersionPaths(cluster: ClusterObjects, ownApis: ReadonlySet<string>): Promise<string[]> {
  const { groups = [] } = await cluster.transport.get<GroupList>('/apis', { signal: cluster.signal });
  const versions = groups.flatMap(({ versions: all = [], preferredVersion }) => {
    const others = all.map(({ groupVersion }) => groupVersion).filter((one) => !ownApis.has(one));
    const preferred = others.find((one) => one === preferredVersion?.groupVersion) ?? others[0];
    return preferred === undefined ? [] : [preferred];
  });
  return ['/api/v1', ...versions.map((groupVersion) => `/apis/${groupVersion}`)];
}

/** Adds objects of a resource that are not part of the installation, until there are {@link MAX_NAMES}. */
async function addForeign(
  cluster: ClusterObjects,
  path: string,
  resource: string,
  isInstalled: NamespaceContentsOptions['isInstalled'],
  foreign: string[],
): Promise<void> {
  let next: string | undefined;
  do {
    const query: Readonly<Record<string, string | number | undefined>> = { limit: PAGE, continue: next };
    const page = await cluster.transport.get<ObjectPage>(path, { query, signal: cluster.signal });
    for (const object of page.items ?? []) {
      if (isDerived(resource, object) || isInstalled(resource, object)) continue;
      foreign.push(`${resource}/${object.metadata?.name}`);
      if (foreign.length === MAX_NAMES) return;
    }
    next = page.metadata?.continue;
  } while (next !== undefined && next !== '');
}

/** Whether an object ends with another one, or exists in each namespace. */
function isDerived(resource: string, { metadata = {}, type }: ReadFields): boolean {
  const isOwned = (metadata.ownerReferences ?? []).length > 0;
  const isEnding = metadata.deletionTimestamp !== undefined;
  const isToken = resource === 'secrets' && type === 'kubernetes.io/service-account-token';
  return isOwned || isEnding || isToken || IN_EACH_NAMESPACE.has(`${resource}/${metadata.name}`);
}
