// What an aggregator adds to the cluster's own discovery and OpenAPI. The handlers of those documents pass what they are about
// to answer through an `AggregatedApis`, before they encode it and make its ETag. Its functions are cheap, return new values
// and leave what they get alone; the order they return is the answer's order. `/apis/G/V…` and `/openapi/v3/apis/G/V` of
// aggregated versions never reach those handlers: they are proxied.

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

/** One group of aggregated discovery, `apidiscovery.k8s.io/v2`. Its versions are passed on as they are. */
export interface DiscoveryEntry {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: null };
  readonly versions: readonly VersionDiscovery[];
}

export interface VersionDiscovery {
  readonly version: string;
  readonly resources?: readonly unknown[] | undefined;
  readonly freshness?: 'Current' | 'Stale' | undefined;
}

/** The APIs of other servers, as parts of the cluster's own documents. */
export interface AggregatedApis {
  /** Legacy discovery: groups and versions of every registered APIService added, available or not, all in order of priority. */
  groupList(groups: readonly GroupEntry[]): readonly GroupEntry[];
  /** Aggregated discovery: versions of every registered APIService added, with `freshness: Stale` where nothing is known of it now. */
  discovery(groups: readonly DiscoveryEntry[]): readonly DiscoveryEntry[];
  /** Paths and definitions added of the backends that serve an OpenAPI v2 document. */
  openApiV2<T extends object>(document: T): T;
  /** Versions added of the backends that serve OpenAPI v3. */
  openApiV3(paths: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** For a cluster on its own. */
export const noAggregatedApis: AggregatedApis = {
  groupList: (groups) => groups,
  discovery: (groups) => groups,
  openApiV2: (document) => document,
  openApiV3: (paths) => paths,
};

/** Where a group version stands: greater numbers first. */
export interface VersionPriority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

/** The priorities kube-apiserver registers its own groups with (those of v1, the greatest of each). */
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

/** Groups of custom resource definitions are registered with these. */
const customPriority: VersionPriority = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** The priority of a group version the cluster serves itself. */
export function localPriority(group: string): VersionPriority {
  return {
    ...customPriority,
    groupPriorityMinimum: builtInPriorities[group] ?? customPriority.groupPriorityMinimum,
  };
}

/**
 * Puts versions of several servers into groups: groups by their greatest `groupPriorityMinimum`, then by name; versions
 * by `versionPriority`, then by how mature and how new their name says they are.
 */
export function inOrder<T extends VersionPriority & { readonly group: string; readonly version: string }>(
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
    .sort(([a, inA], [b, inB]) => priorityOf(inB) - priorityOf(inA) || (a < b ? -1 : 1))
    .map(([group, members]) => ({
      group,
      versions: members.toSorted(
        (a, b) => b.versionPriority - a.versionPriority || compareVersions(b.version, a.version),
      ),
    }));
}

const MATURITY = { alpha: 0, beta: 1, '': 2 } as const;

/** Where a version name stands: GA above beta above alpha, then major, then minor. Undefined for names of another form. */
const rankOf = (version: string): readonly [number, number, number] | undefined => {
  const [, major, maturity = '', minor = '0'] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  return major === undefined ? undefined : [MATURITY[maturity as keyof typeof MATURITY], Number(major), Number(minor)];
};

/**
 * Compares version names as Kubernetes does: positive if `a` is to be preferred to `b`. `v2` > `v1` > `v2beta1` >
 * `v1beta2` > `v3alpha1` > names of another form, which are in alphabetical order.
 */
export function compareVersions(a: string, b: string): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA === undefined && rankB === undefined) return a === b ? 0 : a < b ? 1 : -1;
  if (rankA === undefined) return -1;
  if (rankB === undefined) return 1;
  return rankA[0] - rankB[0] || rankA[1] - rankB[1] || rankA[2] - rankB[2];
}
