/** The resource `podzones`. */
import type { Collection, V1Node, V1Pod } from 'kubefacet/informers';
import { type Resource, resource } from 'kubefacet/server';
import { podZones } from './pod-zones.ts';

export function podZoneResource(pods: Collection<V1Pod>, nodes: Collection<V1Node>): Resource {
  return resource(
    {
      kind: 'PodZone',
      plural: 'podzones',
      namespaced: true,
      columns: [{ name: 'Zone', type: 'string', value: ({ status }) => status.zone }],
      selectableFields: ['status.zone'],
    },
    podZones(pods, nodes),
  );
}
