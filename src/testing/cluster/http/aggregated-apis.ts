/**
 * The contract between the cluster's own discovery and OpenAPI documents and the aggregator that extends them. The
 * handlers pass each document through an `AggregatedApis` before they encode it and compute its ETag. The functions are
 * cheap and do not change their arguments. The response has the order of their results. Requests for the paths of an
 * aggregated version, such as `/apis/G/V` and `/openapi/v3/apis/G/V`, are proxied and do not reach these handlers.
 * @module
 */

/** One group of a legacy `APIGroupList`. */
export interface GroupEntry {
  readonly name: string;
  readonly versions: readonly GroupVersionEntry[];
  readonly preferredVersion?: GroupVersionEntry | undefined;
}

export interface GroupVersionEntry {
  readonly groupVersion: string;
  readonly version: string;
}

/** One group of aggregated discovery (`apidiscovery.k8s.io/v2`). */
export interface DiscoveryEntry {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: null };
  readonly versions: readonly VersionDiscovery[];
}

/** One version in aggregated discovery. Its resources are copied unchanged from the document of its server. */
export interface VersionDiscovery {
  readonly version: string;
  readonly resources?: readonly unknown[] | undefined;
  readonly freshness?: 'Current' | 'Stale' | undefined;
}

/** Adds the APIs of other servers to the cluster's own documents. */
export interface AggregatedApis {
  /**
   * Legacy discovery: adds the groups and versions of all registered APIServices, available or not, and sorts all
   * groups by priority.
   */
  groupList(groups: readonly GroupEntry[]): readonly GroupEntry[];
  /**
   * Aggregated discovery: adds the versions of all registered APIServices. A version has `freshness: Stale` while the
   * aggregator cannot read it.
   */
  discovery(groups: readonly DiscoveryEntry[]): readonly DiscoveryEntry[];
  /** Adds the paths and definitions of the backends that serve an OpenAPI v2 document. */
  openApiV2<T extends object>(document: T): T;
  /** Adds the versions of the backends that serve OpenAPI v3. */
  openApiV3(paths: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** The aggregated APIs of a cluster without an aggregator: no document changes. */
export const noAggregatedApis: AggregatedApis = {
  groupList: (groups) => groups,
  discovery: (groups) => groups,
  openApiV2: (document) => document,
  openApiV3: (paths) => paths,
};

/** The priority of a group version. Versions with greater numbers come first. */
export interface VersionPriority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

/**
 * The priorities of the groups of kube-apiserver. A group whose versions have several priorities has the greatest of them.
 */
const builtInPriorities: Readonly<Record<string, number>> = {
  'apiregistration.k8s.io': 20_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
};

/** The priority of the groups of custom resource definitions. */
const customPriority: VersionPriority = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** Returns the priority of a group version that the cluster serves itself. */
export function localPriority(group: string): VersionPriority {
  return {
    ...customPriority,
    groupPriorityMinimum: builtInPriorities[group] ?? customPriority.groupPriorityMinimum,
  };
}

/**
 * Groups the versions of several servers. Groups are sorted by their greatest `groupPriorityMinimum`, then by name.
 * Versions are sorted by `versionPriority`, then by the maturity and the number in their name.
 */
export function sortedByPriority<T extends VersionPriority & { readonly group: string; readonly version: string }>(
  versions: Iterable<T>,
): readonly { readonly group: string; readonly versions: readonly T[] }[] {
  const groups = new Map<string, T[]>();
  for (const version of versions) {
    const group = groups.get(version.group);
    if (group === undefined) groups.set(version.group, [version]);
    else group.push(version);
  }
  const priorityOf = (members: readonly T[]): number =>
    members.reduce((most, { groupPriorityMinimum }) => Math.max(most, groupPriorityMinimum), 0);
  return [...groups]
    .sort(([a, membersA], [b, membersB]) => priorityOf(membersB) - priorityOf(membersA) || (a < b ? -1 : 1))
    .map(([group, members]) => ({
      group,
      versions: members.toSorted(
        (a, b) => b.versionPriority - a.versionPriority || compareApiVersions(b.version, a.version),
      ),
    }));
}

const MATURITY = { alpha: 0, beta: 1, '': 2 } as const;

/**
 * Returns the rank of a version name: GA above beta above alpha, then major, then minor. Returns undefined for names of
 * another form.
 */
const rankOf = (version: string): readonly [number, number, number] | undefined => {
  const [, major, maturity = '', minor = '0'] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  return major === undefined ? undefined : [MATURITY[maturity as keyof typeof MATURITY], Number(major), Number(minor)];
};

/**
 * Compares version names as Kubernetes does. The result is positive if `a` is preferred to `b`: `v2` > `v1` > `v2beta1`
 * > `v1beta2` > `v3alpha1` > names of another form, in alphabetical order.
 */
export function compareApiVersions(a: string, b: string): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA === undefined && rankB === undefined) return a === b ? 0 : a < b ? 1 : -1;
  if (rankA === undefined) return -1;
  if (rankB === undefined) return 1;
  return rankA[0] - rankB[0] || rankA[1] - rankB[1] || rankA[2] - rankB[2];
}
