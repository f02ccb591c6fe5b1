/**
 * Table columns of Services, endpoints, Ingresses and NetworkPolicies, as `kubectl get` shows them.
 * @module
 */
import { ageColumn, nameColumn, type TableColumn } from '../../../server/wire/table.ts';
import { valueAtPath, listAt, numberAt, textAt } from '../../../server/wire/json.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { labelsText, orNone, selectorText } from './label-text.ts';

type Column = TableColumn<CompleteObject>;

const externalAddresses = (service: CompleteObject): string => {
  const type = textAt(service, 'spec', 'type') || 'ClusterIP';
  if (type === 'ExternalName') return orNone(textAt(service, 'spec', 'externalName'));
  const externalIps = listAt(service, 'spec', 'externalIPs').map(String);
  if (type !== 'LoadBalancer') return orNone(externalIps.join(','));
  const assigned = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    (entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'),
  );
  return [...assigned, ...externalIps].join(',') || '<pending>';
};

const portText = (port: unknown): string => {
  const nodePort = numberAt(port, 'nodePort');
  const protocol = textAt(port, 'protocol') || 'TCP';
  return nodePort > 0 ? `${numberAt(port, 'port')}:${nodePort}/${protocol}` : `${numberAt(port, 'port')}/${protocol}`;
};

export const serviceColumns: readonly Column[] = [
  nameColumn,
  { name: 'Type', type: 'string', value: (service) => textAt(service, 'spec', 'type') || 'ClusterIP' },
  { name: 'Cluster-IP', type: 'string', value: (service) => orNone(textAt(service, 'spec', 'clusterIP')) },
  { name: 'External-IP', type: 'string', value: externalAddresses },
  {
    name: 'Port(s)',
    type: 'string',
    value: (service) => orNone(listAt(service, 'spec', 'ports').map(portText).join(',')),
  },
  ageColumn,
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    value: (service) => orNone(labelsText(valueAtPath(service, 'spec', 'selector'))),
  },
];

/** The number of endpoints that the column lists. For the others, it shows only their number. */
const SHOWN_ENDPOINTS = 3;

const shortened = (items: readonly string[]): string => {
  const shown = items.slice(0, SHOWN_ENDPOINTS).join(',');
  return items.length > SHOWN_ENDPOINTS ? `${shown} + ${items.length - SHOWN_ENDPOINTS} more...` : orNone(shown);
};

const endpointAddresses = (endpoints: CompleteObject): readonly string[] =>
  listAt(endpoints, 'subsets').flatMap((subset) => {
    const ports = listAt(subset, 'ports');
    return listAt(subset, 'addresses').flatMap((entry) => {
      const ip = textAt(entry, 'ip');
      return ports.length === 0 ? [ip] : ports.map((port) => `${ip}:${numberAt(port, 'port')}`);
    });
  });

export const endpointsColumns: readonly Column[] = [
  nameColumn,
  { name: 'Endpoints', type: 'string', value: (endpoints) => shortened(endpointAddresses(endpoints)) },
  ageColumn,
];

export const endpointSliceColumns: readonly Column[] = [
  nameColumn,
  { name: 'AddressType', type: 'string', value: (slice) => textAt(slice, 'addressType') },
  {
    name: 'Ports',
    type: 'string',
    value: (slice) => shortened(listAt(slice, 'ports').map((port) => String(numberAt(port, 'port')))),
  },
  {
    name: 'Endpoints',
    type: 'string',
    value: (slice) =>
      shortened(listAt(slice, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses').map(String))),
  },
  ageColumn,
];

const ingressAddresses = (ingress: CompleteObject): string =>
  listAt(ingress, 'status', 'loadBalancer', 'ingress')
    .map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'))
    .join(',');

export const ingressColumns: readonly Column[] = [
  nameColumn,
  { name: 'Class', type: 'string', value: (ingress) => orNone(textAt(ingress, 'spec', 'ingressClassName')) },
  {
    name: 'Hosts',
    type: 'string',
    value: (ingress) =>
      listAt(ingress, 'spec', 'rules')
        .map((rule) => textAt(rule, 'host') || '*')
        .join(',') || '*',
  },
  { name: 'Address', type: 'string', value: ingressAddresses },
  { name: 'Ports', type: 'string', value: (ingress) => (listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80') },
  ageColumn,
];

export const networkPolicyColumns: readonly Column[] = [
  nameColumn,
  {
    name: 'Pod-Selector',
    type: 'string',
    value: (policy) => orNone(selectorText(valueAtPath(policy, 'spec', 'podSelector'))),
  },
  ageColumn,
];
