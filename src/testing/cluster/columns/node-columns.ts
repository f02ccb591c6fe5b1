import { ageColumn, nameColumn } from '../../../server/wire/table.ts';
import type { TableColumn } from '../../../server/wire/table.ts';
import { at, listAt, textAt } from '../../../server/wire/json-path.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

const nodeStatus = (node: CompleteObject): string => {
  const ready = listAt(node, 'status', 'conditions').find((condition) => at(condition, 'type') === 'Ready');
  const state = ready === undefined ? 'Unknown' : at(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
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
      listAt(node, 'status', 'addresses').find((entry) => at(entry, 'type') === type),
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
