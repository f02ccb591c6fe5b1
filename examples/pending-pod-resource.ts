/** The resource `pendingpods`. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { type Resource, resource } from 'kubefacet/server';
import { pendingPods } from './pending-pods.ts';

export function pendingPodResource(pods: Collection<V1Pod>): Resource {
  return resource(
    {
      kind: 'PendingPod',
      plural: 'pendingpods',
      shortNames: ['pend'],
      namespaced: true,
      columns: [
        { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName },
        { name: 'Reason', type: 'string', value: ({ status }) => status.reason },
      ],
      selectableFields: ['status.reason'],
    },
    pendingPods(pods),
  );
}
