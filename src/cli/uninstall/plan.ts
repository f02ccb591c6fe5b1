/**
 * Decides which objects an uninstallation deletes and keeps, by the labels of `kubefacet manifests`, before anything is deleted.
 * @module
 */
import type { ApiParts } from '../../server/define/api-definition.ts';
import { CliError } from '../cli-error.ts';
import { labelsOf } from '../manifests/manifest-options.ts';
import {
  type ClusterObjects,
  type FoundObject,
  groupVersionOf,
  hasLabels,
  type ObjectLabels,
  shown,
} from './cluster-objects.ts';
import { namespaceContents } from './namespace-contents.ts';
import { API_SERVICE, CLAIM, INSTALLED_KINDS, NAMESPACE } from './object-kinds.ts';

/** The names of an installation. */
export interface Installed {
  readonly name: string;
  readonly namespace: string;
  readonly tlsSecret: string;
  readonly apis: readonly Pick<ApiParts, 'group' | 'version'>[];
  readonly deleteData: boolean;
}

/** The objects to delete, in order. */
export interface UninstallPlan {
  readonly apiServices: readonly FoundObject[];
  readonly objects: readonly FoundObject[];
  readonly namespace: FoundObject | undefined;
  /** The kept objects, each with the reason. */
  readonly notes: readonly string[];
  /** Why the namespace cannot be deleted now, although it belongs to the installation. */
  readonly problem: string | undefined;
}

/**
 * Finds the objects of an installation.
 * @throws CliError if an APIService would remain without its server, or if the installation is in another namespace
 */
export async function uninstallPlan(cluster: ClusterObjects, installed: Installed): Promise<UninstallPlan> {
  const labels = labelsOf(installed);
  const apiServices = await apiServicesOf(cluster, installed, labels);
  const objects: FoundObject[] = [];
  const notes: string[] = [];
  for (const kind of INSTALLED_KINDS) {
    const found = await cluster.list(kind, kind.scope === 'namespace' ? installed.namespace : undefined, labels);
    if (kind !== CLAIM || installed.deleteData) objects.push(...found);
    else notes.push(...found.map((claim) => `kept ${shown(claim)} with the objects of the store; see --delete-data`));
  }
  return { apiServices, objects, notes, ...(await namespacePlan(cluster, installed, apiServices, notes)) };
}

/** Returns the APIServices that lead to the Service of the installation. */
async function apiServicesOf(
  cluster: ClusterObjects,
  { name, namespace, apis }: Installed,
  labels: ObjectLabels,
): Promise<FoundObject[]> {
  const own = new Set(apis.map(({ group, version }) => `${version}.${group}`));
  const all = await cluster.list(API_SERVICE, undefined, {});
  const found: FoundObject[] = [];
  for (const one of all) {
    const service = one.fields.spec?.service;
    const isOurs = hasLabels(one, labels);
    if (service?.name === name && service.namespace === namespace) {
      if (!isOurs) {
        throw new CliError(
          `kubefacet manifests did not create ${shown(one)}, but it leads to the Service ${namespace}/${name}; ` +
            `delete it first: kubectl delete apiservice ${one.name}`,
          1,
        );
      }
      found.push(one);
    } else if (isOurs && own.has(one.name) && service?.namespace !== undefined) {
      throw new CliError(
        `${shown(one)} leads to the Service ${service.namespace}/${service.name}, and not to ${namespace}/${name}; ` +
          `add --namespace ${service.namespace}`,
        1,
      );
    }
  }
  return found;
}

/** Decides about the namespace, and adds the reason to the notes if it is kept. */
async function namespacePlan(
  cluster: ClusterObjects,
  installed: Installed,
  apiServices: readonly FoundObject[],
  notes: string[],
): Promise<Pick<UninstallPlan, 'namespace' | 'problem'>> {
  const { namespace: name, tlsSecret, deleteData } = installed;
  const labels = labelsOf(installed);
  const keep = { namespace: undefined, problem: undefined };
  const namespace = await cluster.find(NAMESPACE, name);
  if (namespace === undefined) return keep;
  const kept = `kept ${shown(namespace)}`;
  if (!hasLabels(namespace, labels)) {
    notes.push(`${kept}, because kubefacet manifests did not create it`);
    return keep;
  }
  const kinds = new Set(INSTALLED_KINDS.map(({ plural }) => plural));
  const { foreign, failing } = await namespaceContents(cluster, {
    namespace: name,
    ownApis: new Set(apiServices.map(groupVersionOf)),
    isInstalled: (resource, fields) => {
      if (resource === CLAIM.plural && !deleteData) return false;
      if (resource === 'secrets' && fields.metadata?.name === tlsSecret) return true;
      if (!kinds.has(resource)) return false;
      return Object.entries(labels).every(([label, value]) => fields.metadata?.labels?.[label] === value);
    },
  });
  if (foreign.length > 0) {
    notes.push(`${kept}, because it contains other objects, such as ${foreign.join(', ')}`);
    return keep;
  }
  if (failing.length > 0) {
    const problem =
      `${kept}, because its deletion would not end: the cluster cannot read the APIs ${failing.join(', ')}; ` +
      'repair their servers or delete their APIServices, and run the command again';
    return { namespace: undefined, problem };
  }
  return { namespace, problem: undefined };
}
