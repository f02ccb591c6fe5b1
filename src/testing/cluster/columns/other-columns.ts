/**
 * Table columns of nodes, namespaces, configuration, volumes, events, roles and APIServices, as `kubectl get` shows
 * them.
 * @module
 */
import { humanAge, timeOf } from '../../../server/wire/human-age.ts';
import { valueAtPath, listAt, textAt } from '../../../server/wire/json.ts';
import { ageColumn, nameColumn, type TableColumn } from '../../../server/wire/table.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

type Column = TableColumn<CompleteObject>;

const text = (name: string, path: readonly string[], priority = 0): Column => ({
  name,
  type: 'string',
  priority,
  value: (object) => textAt(object, ...path),
});

const size = (name: string, ...fields: readonly string[]): Column => ({
  name,
  type: 'string',
  value: (object) => fields.reduce((sum, field) => sum + Object.keys(valueAtPath(object, field) ?? {}).length, 0),
});

export const namespaceColumns: readonly Column[] = [nameColumn, text('Status', ['status', 'phase']), ageColumn];

export const configMapColumns: readonly Column[] = [nameColumn, size('Data', 'data', 'binaryData'), ageColumn];

export const secretColumns: readonly Column[] = [nameColumn, text('Type', ['type']), size('Data', 'data'), ageColumn];

export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  { name: 'Secrets', type: 'integer', value: (account) => listAt(account, 'secrets').length },
  ageColumn,
];

/** Returns the time at which an event was last seen. Series and single events have it in different fields. */
const lastSeen = (event: CompleteObject): string =>
  [['series', 'lastObservedTime'], ['lastTimestamp'], ['eventTime'], ['firstTimestamp']]
    .map((path) => textAt(event, ...path))
    .find((text) => timeOf(text) !== undefined) ?? '';

export function eventColumns(now: number): readonly Column[] {
  return [
    {
      name: 'Last Seen',
      type: 'string',
      value: (event) => humanAge(timeOf(lastSeen(event)), now),
    },
    text('Type', ['type']),
    text('Reason', ['reason']),
    {
      name: 'Object',
      type: 'string',
      value: (event) =>
        `${textAt(event, 'involvedObject', 'kind').toLowerCase()}/${textAt(event, 'involvedObject', 'name')}`,
    },
    text('Subobject', ['involvedObject', 'fieldPath'], 1),
    text('Source', ['source', 'component'], 1),
    text('Message', ['message']),
    { ...nameColumn, priority: 1 },
  ];
}

const capacity = (object: unknown): string => textAt(object, 'capacity', 'storage');

const SHORT_ACCESS: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const accessModes = (modes: readonly unknown[]): string =>
  modes.map((mode) => SHORT_ACCESS[String(mode)] ?? String(mode)).join(',');

export const persistentVolumeColumns: readonly Column[] = [
  nameColumn,
  { name: 'Capacity', type: 'string', value: (volume) => capacity(valueAtPath(volume, 'spec')) },
  { name: 'Access Modes', type: 'string', value: (volume) => accessModes(listAt(volume, 'spec', 'accessModes')) },
  text('Reclaim Policy', ['spec', 'persistentVolumeReclaimPolicy']),
  text('Status', ['status', 'phase']),
  {
    name: 'Claim',
    type: 'string',
    value: (volume) =>
      valueAtPath(volume, 'spec', 'claimRef') === undefined
        ? ''
        : `${textAt(volume, 'spec', 'claimRef', 'namespace')}/${textAt(volume, 'spec', 'claimRef', 'name')}`,
  },
  text('StorageClass', ['spec', 'storageClassName']),
  ageColumn,
];

export const persistentVolumeClaimColumns: readonly Column[] = [
  nameColumn,
  text('Status', ['status', 'phase']),
  text('Volume', ['spec', 'volumeName']),
  { name: 'Capacity', type: 'string', value: (claim) => capacity(valueAtPath(claim, 'status')) },
  { name: 'Access Modes', type: 'string', value: (claim) => accessModes(listAt(claim, 'status', 'accessModes')) },
  text('StorageClass', ['spec', 'storageClassName']),
  ageColumn,
];

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

export const storageClassColumns: readonly Column[] = [
  {
    ...nameColumn,
    type: 'string',
    value: ({ metadata }: CompleteObject) =>
      metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${metadata.name} (default)` : metadata.name,
  },
  text('Provisioner', ['provisioner']),
  text('ReclaimPolicy', ['reclaimPolicy']),
  text('VolumeBindingMode', ['volumeBindingMode']),
  {
    name: 'AllowVolumeExpansion',
    type: 'string',
    value: (storageClass) => valueAtPath(storageClass, 'allowVolumeExpansion') === true,
  },
  ageColumn,
];

export const leaseColumns: readonly Column[] = [nameColumn, text('Holder', ['spec', 'holderIdentity']), ageColumn];

/** The columns of Roles and ClusterRoles, which show the creation time instead of an age. */
export const roleColumns: readonly Column[] = [
  nameColumn,
  { name: 'Created At', type: 'string', value: (role) => role.metadata.creationTimestamp },
];

export const roleBindingColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Role',
    type: 'string',
    value: (binding) => `${textAt(binding, 'roleRef', 'kind')}/${textAt(binding, 'roleRef', 'name')}`,
  },
  ageColumn,
];

const serviceOf = (apiService: CompleteObject): string =>
  valueAtPath(apiService, 'spec', 'service') === undefined
    ? 'Local'
    : `${textAt(apiService, 'spec', 'service', 'namespace')}/${textAt(apiService, 'spec', 'service', 'name')}`;

const availability = (apiService: CompleteObject): string => {
  const available = listAt(apiService, 'status', 'conditions').find(
    (condition) => valueAtPath(condition, 'type') === 'Available',
  );
  if (available === undefined) return 'Unknown';
  const reason = textAt(available, 'reason');
  return valueAtPath(available, 'status') === 'True' ? 'True' : `${textAt(available, 'status')} (${reason})`;
};

export const apiServiceColumns: readonly Column[] = [
  nameColumn,
  { name: 'Service', type: 'string', value: serviceOf },
  { name: 'Available', type: 'string', value: availability },
  ageColumn,
];

const ROLE_PREFIX = 'node-role.kubernetes.io/';

const nodeStatus = (node: CompleteObject): string => {
  const ready = listAt(node, 'status', 'conditions').find((condition) => valueAtPath(condition, 'type') === 'Ready');
  const state = ready === undefined ? 'Unknown' : valueAtPath(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return valueAtPath(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
};

const roles = (node: CompleteObject): string => {
  const names = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.length > ROLE_PREFIX.length ? [key.slice(ROLE_PREFIX.length)] : [];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return names.length === 0 ? '<none>' : [...new Set(names)].sort().join(',');
};

const address =
  (type: string) =>
  (node: CompleteObject): string =>
    textAt(
      listAt(node, 'status', 'addresses').find((entry) => valueAtPath(entry, 'type') === type),
      'address',
    ) || '<none>';

const nodeInfo =
  (field: string) =>
  (node: CompleteObject): string =>
    textAt(node, 'status', 'nodeInfo', field) || '<unknown>';

export const nodeColumns: readonly TableColumn<CompleteObject>[] = [
  nameColumn,
  { name: 'Status', type: 'string', value: nodeStatus, description: 'The status of the node' },
  { name: 'Roles', type: 'string', value: roles, description: 'The roles of the node' },
  ageColumn,
  { name: 'Version', type: 'string', value: (node) => textAt(node, 'status', 'nodeInfo', 'kubeletVersion') },
  { name: 'Internal-IP', type: 'string', priority: 1, value: address('InternalIP') },
  { name: 'External-IP', type: 'string', priority: 1, value: address('ExternalIP') },
  { name: 'OS-Image', type: 'string', priority: 1, value: nodeInfo('osImage') },
  { name: 'Kernel-Version', type: 'string', priority: 1, value: nodeInfo('kernelVersion') },
  { name: 'Container-Runtime', type: 'string', priority: 1, value: nodeInfo('containerRuntimeVersion') },
];
